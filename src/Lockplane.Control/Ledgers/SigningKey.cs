using System.Security.Cryptography;
using System.Text;
using Lockplane.Sql.Errors;
using NSec.Cryptography;

namespace Lockplane.Control.Ledgers;

/// <summary>The Ed25519 key that signs ledger entries and approvals, so that one written by SQL alone fails verification.</summary>
/// <remarks>Shape of a signature: <c>ed25519:&lt;16 hex digits of the public key's SHA-256&gt;:&lt;base64&gt;</c> over a text: of an entry, its hash.</remarks>
public sealed class SigningKey : IDisposable
{
    private const string Scheme = "ed25519";
    private readonly Key _key;

    private SigningKey(Key key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData(key.PublicKey.Export(KeyBlobFormat.RawPublicKey)))[..16];
    }

    /// <summary>Names the key in signatures.</summary>
    public string Id { get; }

    /// <summary>Reads the key from a file of mode 0600, or makes one there.</summary>
    /// <exception cref="LockplaneException">LP001 when the file is no key or others may read it.</exception>
    public static SigningKey LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"The signing key {path} can be read by others.", hint: $"chmod 600 {path}");
        }

        try
        {
            return new SigningKey(Key.Import(SignatureAlgorithm.Ed25519, Convert.FromBase64String(File.ReadAllText(path).Trim()), KeyBlobFormat.RawPrivateKey));
        }
        catch (FormatException e)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{path} is no Ed25519 key.", hint: "Restore the file; without it, earlier entries cannot be verified.", inner: e);
        }
    }

    internal string Sign(string text) =>
        $"{Scheme}:{Id}:{Convert.ToBase64String(SignatureAlgorithm.Ed25519.Sign(_key, Encoding.UTF8.GetBytes(text)))}";

    /// <summary>Null when the signature is this key's over the text, otherwise what is wrong with it.</summary>
    internal string? Fault(string text, string signature)
    {
        string[] parts = signature.Split(':');
        if (parts.Length != 3 || parts[0] != Scheme)
        {
            return "has no signature";
        }

        if (parts[1] != Id)
        {
            return $"is signed by key {parts[1]}, which is not this process's key {Id}";
        }

        Span<byte> bytes = new byte[SignatureAlgorithm.Ed25519.SignatureSize];
        bool holds = Convert.TryFromBase64String(parts[2], bytes, out int length)
            && length == bytes.Length
            && SignatureAlgorithm.Ed25519.Verify(_key.PublicKey, Encoding.UTF8.GetBytes(text), bytes);
        return holds ? null : "has a signature that does not hold";
    }

    private static void Create(string path)
    {
        using Key made = Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        KeyFile.Create(path, Convert.ToBase64String(made.Export(KeyBlobFormat.RawPrivateKey)));
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
