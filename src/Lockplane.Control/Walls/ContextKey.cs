using System.Security.Cryptography;

namespace Lockplane.Control.Walls;

/// <summary>The key of strict mode, in the form that the database verifies with: the two blocks that HMAC-SHA256 begins its two hashes with, in hex.</summary>
public sealed class ContextKey
{
    /// <summary>The fewest bytes of a key.</summary>
    public const int LeastBytes = 32;

    // In statements that are shown and recorded: what stands for the secret.
    internal const string InnerPlace = "${secret:walls.key inner}";
    internal const string OuterPlace = "${secret:walls.key outer}";

    private const int Block = 64;

    private readonly string _innerPad;
    private readonly string _outerPad;

    /// <param name="key">The key itself.</param>
    public ContextKey(ReadOnlySpan<byte> key)
    {
        byte[] block = new byte[Block];
        (key.Length > Block ? SHA256.HashData(key) : key).CopyTo(block);
        Id = Convert.ToHexStringLower(SHA256.HashData([.. "lockplane/context-key/1\0"u8, .. key]))[..16];
        (_innerPad, _outerPad) = (Padded(block, 0x36), Padded(block, 0x5c));
    }

    /// <summary>Names the key in tokens: a hash of it, which tells nothing of it.</summary>
    public string Id { get; }

    /// <summary>The statement with the secret in its place, to be run and never to be shown.</summary>
    internal string Reveal(string statement) => statement.Replace(InnerPlace, _innerPad, StringComparison.Ordinal).Replace(OuterPlace, _outerPad, StringComparison.Ordinal);

    private static string Padded(byte[] block, byte pad) => Convert.ToHexStringLower([.. block.Select(octet => (byte)(octet ^ pad))]);
}

/// <summary>Strict mode, as the walls need it.</summary>
/// <param name="Key">What the database verifies with.</param>
/// <param name="Sign">A token as the gateway makes it: for a login role, a database, a tenant and a user.</param>
public sealed record StrictMode(ContextKey Key, Func<string, string, string, string, string> Sign);
