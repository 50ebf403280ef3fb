using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Statements;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>The settings that a client may give at start-up, and how it may write them.</summary>
internal static class StartupSettings
{
    /// <summary>Takes one setting into the session's: what SET may write under the profile, and search_path.</summary>
    /// <param name="settings">Names are compared without regard to case, as Postgres does.</param>
    /// <exception cref="ProtocolException">42501: not allowed; 22023: an encoding that is not UTF8.</exception>
    public static void Add(Dictionary<string, string> settings, Profile profile, string name, string value)
    {
        if (!profile.IsGated)
        {
            settings[name] = !profile.IsContext(name) ? value : throw new ProtocolException(SqlState.InsufficientPrivilege, $"parameter \"{name}\" may not be set at start-up through the gateway",
                hint: "Sessions of profile passthrough carry no context.");
        }
        else if (Is(name, "client_encoding"))
        {
            CheckEncoding(value);
        }
        else if (Is(name, "search_path") && !profile.AllowsSetting(name))
        {
            settings[name] = profile.AllowsSearchPath(value) ? value : throw new ProtocolException(SqlState.InsufficientPrivilege,
                "parameter \"search_path\" may name only schemas of the profile at start-up through the gateway", hint: "Have the schema added to the profile's allow_schemas.");
        }
        else if (SettingRules.Judge(new SettingFact(SettingAction.Set, name, [value], IsLocal: false, -1), profile) is null)
        {
            settings[name] = value;
        }
        else
        {
            throw new ProtocolException(SqlState.InsufficientPrivilege, $"parameter \"{name}\" may not be set at start-up through the gateway",
                hint: "Leave it out of the connection string, or have it added to the profile's allow_settings.");
        }
    }

    /// <summary>Takes the settings of the parameter <c>options</c>, a command line: <c>-c a=b</c>, <c>-ca=b</c>, <c>--a-b=c</c>.</summary>
    /// <remarks>Split as Postgres does (pg_split_opts): at white space, a backslash takes the next character as it is.</remarks>
    /// <exception cref="ProtocolException">42501 for another switch or setting, 42601 for one without a value.</exception>
    public static void AddOptions(Dictionary<string, string> settings, Profile profile, string options)
    {
        List<string> arguments = Split(options);
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            string assignment;
            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                assignment = argument[2..];
            }
            else if (argument == "-c")
            {
                assignment = i + 1 < arguments.Count ? arguments[++i] : "";
            }
            else if (argument.StartsWith("-c", StringComparison.Ordinal))
            {
                assignment = argument[2..];
            }
            else
            {
                throw new ProtocolException(SqlState.InsufficientPrivilege, $"\"{argument}\" in the parameter options is not allowed through the gateway",
                    hint: "Only settings are: -c name=value or --name=value.");
            }

            int equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ProtocolException(SqlState.SyntaxError, $"\"{assignment}\" in the parameter options has no value");
            }

            Add(settings, profile, assignment[..equals].Replace('-', '_'), assignment[(equals + 1)..]);
        }
    }

    /// <summary>A boolean in every spelling that Postgres takes; null when it is none.</summary>
    public static bool? ParseBool(string text) => text.ToLowerInvariant() switch
    {
        "on" or "1" => true,
        "of" or "off" or "0" => false,
        { Length: > 0 } lower when "true".StartsWith(lower, StringComparison.Ordinal) || "yes".StartsWith(lower, StringComparison.Ordinal) => true,
        { Length: > 0 } lower when "false".StartsWith(lower, StringComparison.Ordinal) || "no".StartsWith(lower, StringComparison.Ordinal) => false,
        _ => null,
    };

    // Postgres compares encoding names by their letters and digits only. SQL_ASCII is what libpq sends under LC_ALL=C: it says nothing
    // about the bytes, so the client is answered with UTF8. Every other encoding would change how a statement reads.
    private static void CheckEncoding(string value)
    {
        string name = string.Concat(value.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
        if (name is not ("utf8" or "unicode" or "sqlascii"))
        {
            throw new ProtocolException(SqlState.InvalidParameterValue, $"client_encoding \"{value}\" is not supported through the gateway", hint: "Set PGCLIENTENCODING=UTF8, or the driver's encoding to UTF8.");
        }
    }

    private static bool Is(string name, string setting) => string.Equals(name, setting, StringComparison.OrdinalIgnoreCase);

    private static List<string> Split(string options)
    {
        List<string> arguments = new();
        int at = 0;
        while (true)
        {
            while (at < options.Length && IsSpace(options[at]))
            {
                at++;
            }

            if (at == options.Length)
            {
                return arguments;
            }

            StringBuilder argument = new();
            for (; at < options.Length && !IsSpace(options[at]); at++)
            {
                if (options[at] == '\\' && ++at == options.Length)
                {
                    break;
                }

                argument.Append(options[at]);
            }

            arguments.Add(argument.ToString());
        }
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r' or '\v' or '\f';
}
