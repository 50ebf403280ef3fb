using System.Collections.Immutable;
using System.Security.Cryptography;
using Lockplane.Control.Ledgers;
using Lockplane.Gateway;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting;

/// <summary>The key of the salts that the gateway shows for roles that have none, in the state folder: all processes there, one after the other and at once, show the same.</summary>
internal static class MockSaltKey
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The key of a state folder.</summary>
    public static string PathOf(string folder) => Path.Combine(folder, "scram-mock.key");

    /// <summary>Reads the key from a file of mode 0600, or makes one there. Of several that make one at once, all get the same.</summary>
    /// <exception cref="LockplaneException">LP001 when the file is no key, cannot be used, or others may use it.</exception>
    public static ImmutableArray<byte> LoadOrCreate(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                KeyFile.Create(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(GatewayOptions.MockSaltKeyBytes)));
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~Private) != 0)
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"The key {path} is open to others.", hint: $"chmod 600 {path}");
            }

            Span<byte> key = new byte[GatewayOptions.MockSaltKeyBytes];
            return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out int length) && length == key.Length
                ? [.. key]
                : throw new LockplaneException(ErrorCodes.Configuration, $"{path} is no key of {key.Length} bytes.", hint: "Delete the file; the next start makes a new one.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"The key {path} cannot be used: {e.Message}", hint: "state_dir must belong to the account that runs Lockplane.", inner: e);
        }
    }
}
