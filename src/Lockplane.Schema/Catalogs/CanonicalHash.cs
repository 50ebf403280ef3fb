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
    /// <summary>The hash of <paramref name="bytes"/> in <paramref name="domain"/>.</summary>
    public static ManifestHash Of(HashDomain domain, ReadOnlySpan<byte> bytes)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Prefix(domain));
        hash.AppendData(bytes);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return ManifestHash.Of(digest);
    }

    private static byte[] Prefix(HashDomain domain) => Encoding.ASCII.GetBytes($"lockplane/{Word(domain)}/1\0");

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
