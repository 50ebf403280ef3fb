using System.Security.Cryptography;
using Npgsql;

namespace Lockplane.Control.Walls;

/// <summary>The key of strict mode, in the form that the database verifies with: the two blocks that HMAC-SHA256 begins its two hashes with.</summary>
public sealed class ContextKey
{
    /// <summary>The fewest bytes of a key.</summary>
    public const int LeastBytes = 32;

    /// <summary>Where the database has it.</summary>
    internal const string Table = "lockplane.context_key";

    private const int Block = 64;

    private readonly byte[] _innerPad;
    private readonly byte[] _outerPad;

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

    /// <summary>What installs it, as it is shown and recorded: names stand for the secret.</summary>
    internal string Statement => Insert($"'{Id}'", @"'\x${secret:walls.key inner}'", @"'\x${secret:walls.key outer}'");

    /// <summary>The same to be run: the secret is in its parameters and in no text.</summary>
    internal NpgsqlBatchCommand Command => new(Insert("$1", "$2", "$3"))
    {
        Parameters = { new NpgsqlParameter { Value = Id }, new NpgsqlParameter { Value = _innerPad }, new NpgsqlParameter { Value = _outerPad } },
    };

    private static string Insert(string id, string inner, string outer) =>
        $"INSERT INTO {Table} (id, inner_pad, outer_pad) VALUES ({id}, {inner}, {outer}) ON CONFLICT (id) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad";

    private static byte[] Padded(byte[] block, byte pad) => [.. block.Select(octet => (byte)(octet ^ pad))];
}

/// <summary>Strict mode, as the walls need it.</summary>
/// <param name="Key">What the database verifies with.</param>
/// <param name="Sign">A token as the gateway makes it: for a login role, a database, a tenant and a user.</param>
public sealed record StrictMode(ContextKey Key, Func<string, string, string, string, string> Sign);
