using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Schema.Catalogs;

/// <summary>What a hash is of. The domain is hashed in front of the bytes, so that no value of one domain passes for one of another.</summary>
public enum HashDomain
{
    /// <summary>The facts of one object.</summary>
    Object,

    /// <summary>The objects of one schema.</summary>
    Schema,

    /// <summary>A whole catalog.</summary>
    Manifest,

    /// <summary>A plan.</summary>
    Plan,

    /// <summary>A ledger entry.</summary>
    Entry,
}

/// <summary>Hashes of canonical bytes.</summary>
/// <remarks>Shape: SHA-256 over <c>lockplane/&lt;domain&gt;/1</c>, a zero byte, and the bytes; written <c>sha256:</c> and 64 lower-case hexadecimal digits.</remarks>
public static class CanonicalHash
{
    private static readonly byte[][] Prefixes = [.. Enum.GetValues<HashDomain>().Select(domain => Encoding.ASCII.GetBytes($"lockplane/{Word(domain)}/1\0"))];

    /// <summary>The hash of <paramref name="bytes"/> in <paramref name="domain"/>.</summary>
    public static ManifestHash Of(HashDomain domain, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> prefix = Prefixes[(int)domain];
        byte[] whole = ArrayPool<byte>.Shared.Rent(prefix.Length + bytes.Length);
        prefix.CopyTo(whole);
        bytes.CopyTo(whole.AsSpan(prefix.Length));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(whole.AsSpan(0, prefix.Length + bytes.Length), digest);
        ArrayPool<byte>.Shared.Return(whole);
        return ManifestHash.Of(digest);
    }

    private static string Word(HashDomain domain) => domain switch
    {
        HashDomain.Object => "object",
        HashDomain.Schema => "schema",
        HashDomain.Manifest => "manifest",
        HashDomain.Plan => "plan",
        HashDomain.Entry => "entry",
        _ => throw new ArgumentOutOfRangeException(nameof(domain), domain, "not a domain"),
    };
}
