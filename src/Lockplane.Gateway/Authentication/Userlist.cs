using System.Collections.Frozen;
using System.Text;
using Lockplane.Sql.Errors;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>Roles and their passwords or SCRAM verifiers, in pgbouncer's format: a line is <c>"role" "secret"</c>.</summary>
/// <remarks>A quote inside quotes is doubled; lines that begin with <c>;</c> or <c>#</c> and empty lines are skipped. A verifier
/// (<c>SCRAM-SHA-256$...</c>) or MD5 hash (<c>md5...</c>) suffices to check a client, not to log in at a server; SCRAM keys
/// (<see cref="StoredScramKeys"/>) suffice for both. Never printed.</remarks>
public sealed class Userlist
{
    private readonly FrozenDictionary<string, string> _secrets;

    private Userlist(Dictionary<string, string> secrets) => _secrets = secrets.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A list without roles.</summary>
    public static Userlist Empty { get; } = new([]);

    /// <summary>Whether it holds something that a login at a server can be made with, for this role.</summary>
    public bool CanLogIn(string role) => Find(role) is { } secret && !secret.StartsWith(ScramVerifier.Prefix, StringComparison.Ordinal) && !RoleSecrets.IsMd5(secret);

    /// <summary>A list of one role.</summary>
    public static Userlist Of(string role, string secret) => new(new Dictionary<string, string>(StringComparer.Ordinal) { [role] = secret });

    /// <summary>How many roles it holds.</summary>
    public int Count => _secrets.Count;

    /// <summary>Reads a file that only its owner may read.</summary>
    /// <exception cref="LockplaneException">LP001: missing, readable by others, or malformed (with the line).</exception>
    public static Userlist Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"The userlist {path} does not exist.");
        }

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"The userlist {path} is open to others.", hint: $"chmod 600 {path}");
        }

        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads the lines of a userlist.</summary>
    /// <exception cref="LockplaneException">LP001 with the line's number, never its content.</exception>
    public static Userlist Parse(string text, string source = "userlist")
    {
        Dictionary<string, string> secrets = new(StringComparer.Ordinal);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] is ';' or '#')
            {
                continue;
            }

            int at = 0;
            if (!TryQuoted(line, ref at, out string role) || !TryQuoted(line, ref at, out string secret) || role.Length == 0 || secret.Length == 0)
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"Line {i + 1} of {source} is not \"role\" \"secret\".");
            }

            if (secret.StartsWith(ScramVerifier.Prefix, StringComparison.Ordinal) && !ScramVerifier.TryParse(secret, out _))
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"Line {i + 1} of {source} holds a malformed SCRAM verifier.");
            }

            if (secret.StartsWith(StoredScramKeys.Prefix, StringComparison.Ordinal) && !StoredScramKeys.TryParse(secret, out _))
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"Line {i + 1} of {source} holds malformed SCRAM keys.");
            }

            if (!secrets.TryAdd(role, secret))
            {
                throw new LockplaneException(ErrorCodes.Configuration, $"Line {i + 1} of {source} names a role for the second time.");
            }
        }

        return new Userlist(secrets);
    }

    internal IEnumerable<KeyValuePair<string, string>> Entries => _secrets;

    /// <summary>What the list holds for a role: a password or a verifier; null when it holds nothing.</summary>
    internal string? Find(string role) => _secrets.GetValueOrDefault(role);

    /// <summary>Without the secrets.</summary>
    public override string ToString() => $"Userlist of {Count} roles";

    private static bool TryQuoted(string line, ref int at, out string value)
    {
        value = "";
        while (at < line.Length && line[at] is ' ' or '\t')
        {
            at++;
        }

        if (at >= line.Length || line[at++] != '"')
        {
            return false;
        }

        StringBuilder text = new();
        while (at < line.Length)
        {
            char c = line[at++];
            if (c != '"')
            {
                text.Append(c);
            }
            else if (at < line.Length && line[at] == '"')
            {
                text.Append('"');
                at++;
            }
            else
            {
                value = text.ToString();
                return true;
            }
        }

        return false;
    }
}
