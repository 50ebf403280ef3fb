using System.Security.Cryptography;
using System.Text;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Configuration;

/// <summary>Fetches secrets from where the configuration says that they are.</summary>
/// <param name="environment">The environment's variables by name.</param>
internal sealed class SecretPlaces(Func<string, string?> environment)
{
    /// <summary>Begins the name of a file that holds the secret.</summary>
    public const string File = "file:";

    private const string Variable = "env:";

    // Known to this process only: a mark tells nothing of a secret to anyone else.
    private static readonly byte[] MarkKey = RandomNumberGenerator.GetBytes(32);

    private readonly SortedDictionary<string, string> _marks = new(StringComparer.Ordinal);

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>By key, what tells a secret's value from another.</summary>
    public IReadOnlyDictionary<string, string> Marks => _marks;

    /// <summary>Whether a value says where the secret is, and is none itself.</summary>
    public static bool IsPlace(string written) => written.StartsWith(Variable, StringComparison.Ordinal) || written.StartsWith(File, StringComparison.Ordinal);

    /// <summary>The secret that a value is, or names.</summary>
    /// <param name="written">The value in the configuration.</param>
    /// <param name="key">The key, for messages.</param>
    /// <exception cref="LockplaneException">LP001: not set, missing, empty or open to others.</exception>
    public string Fetch(string written, string key)
    {
        string secret = Find(written, key);
        _marks[key.Split(" (")[0]] = Convert.ToHexStringLower(HMACSHA256.HashData(MarkKey, Encoding.UTF8.GetBytes(secret)));
        return secret;
    }

    private string Find(string written, string key)
    {
        if (written.StartsWith(Variable, StringComparison.Ordinal))
        {
            string name = written[Variable.Length..];
            return environment(name) is { Length: > 0 } value ? value : throw new LockplaneException(ErrorCodes.Configuration, $"{key}: the environment variable {name} is not set.");
        }

        return written.StartsWith(File, StringComparison.Ordinal) ? System.IO.File.ReadAllText(RequirePrivate(written[File.Length..], key)).TrimEnd('\r', '\n') : written;
    }

    /// <summary>Demands of a file that it is there and closed to others.</summary>
    public static string RequirePrivate(string path, string key)
    {
        if (!System.IO.File.Exists(path))
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{key}: the file {path} does not exist.");
        }

        if ((System.IO.File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{key}: the file {path} is open to other accounts.", null, $"chmod 600 {path}");
        }

        return path;
    }

    /// <summary>A URL without its password, for print.</summary>
    public static string MaskUrl(string url)
    {
        int authority = url.IndexOf("://", StringComparison.Ordinal) + 3;
        int query = url.IndexOf('?', StringComparison.Ordinal);
        string beforeQuery = query < 0 ? url : url[..query];
        int slash = beforeQuery.IndexOf('/', authority);
        int at = (slash < 0 ? beforeQuery : beforeQuery[..slash]).LastIndexOf('@');
        int colon = at < 0 ? -1 : url.IndexOf(':', authority, at - authority);
        string masked = colon < 0 ? beforeQuery : beforeQuery[..(colon + 1)] + "***" + beforeQuery[at..];
        return query < 0 ? masked : $"{masked}?{string.Join('&', url[(query + 1)..].Split('&').Select(MaskParameter))}";
    }

    private static string MaskParameter(string pair) => pair.StartsWith("password=", StringComparison.Ordinal) ? "password=***" : pair;
}
