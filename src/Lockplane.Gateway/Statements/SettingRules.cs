using System.Collections.Frozen;
using System.Collections.Immutable;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Judges what is written by SET, RESET and set_config(). The context, the role and what the gate's own reading depends on are pinned, whatever a profile allows.</summary>
internal static class SettingRules
{
    private const string Denied = "42501";
    private const string SearchPathName = "search_path";
    private const string ContextHint = "The gateway sets the context from the login; connect as the user whose data is wanted.";

    // What changes how text is read, who may see which rows, or which code a name means.
    private static readonly FrozenSet<string> Pinned = NameLists.Read("settings-pinned.txt").ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static Finding? Judge(SettingFact setting, Profile profile) => Protected(setting, profile) ?? Listed(setting, profile);

    /// <summary>What no profile can allow: these count in schema changes too.</summary>
    public static Finding? Protected(SettingFact setting, Profile profile)
    {
        if (setting.Action is SettingAction.ResetAll or SettingAction.SetTransaction)
        {
            return null;
        }

        if (profile.IsContext(setting.Name))
        {
            return Find(setting, "belongs to the row level security context", ContextHint);
        }

        if (Is(setting, "role"))
        {
            return BackToLogin(setting) || Value(setting) == "none" ? null : Find(setting, "cannot be changed: the session keeps the role that logged in", "Connect as the role that is wanted.");
        }

        if (Is(setting, "session_authorization"))
        {
            return BackToLogin(setting) ? null : Find(setting, "cannot be changed: the session keeps the role that logged in", "Connect as the role that is wanted.");
        }

        if (Is(setting, "client_encoding"))
        {
            return BackToLogin(setting) || IsUtf8(Value(setting)) ? null : Find(setting, "can only be UTF8", "Set PGCLIENTENCODING=UTF8, or the driver's encoding to UTF8.");
        }

        if (Is(setting, "standard_conforming_strings") && setting.Action == SettingAction.Set && string.Equals(Value(setting), "on", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return Pinned.Contains(setting.Name) ? Find(setting, "is pinned by the gateway", "Leave it as it is.") : null;
    }

    /// <summary>set_config(name, value, is_local): as SET, where the name is a constant.</summary>
    public static Finding? JudgeSetConfig(CallFact call, Profile profile)
    {
        if (call.Arguments.IsEmpty || call.Arguments[0] is not { } name)
        {
            return new(Denied, "set_config needs a constant as its first argument", "What set_config would write cannot be known.",
                "Write the setting's name as a string constant. " + ContextHint, call.Location);
        }

        string? value = call.Arguments.Length > 1 ? call.Arguments[1] : null;
        SettingFact setting = new(SettingAction.Set, name, ImmutableArray.Create(value), IsLocal: false, call.Location);

        // SET has a name in each value, set_config a list of names in its one.
        return Judge(value is not null && Is(setting, SearchPathName) && SearchPath.Parse(value, "$user") is { } names ? setting with { Values = [.. names] } : setting, profile);
    }

    private static Finding? Listed(SettingFact setting, Profile profile)
    {
        bool allowed = setting.Action switch
        {
            SettingAction.ResetAll => true,
            SettingAction.SetTransaction => setting.Name is "TRANSACTION" or "SESSION CHARACTERISTICS",
            _ => IsJudgedByValue(setting.Name) || profile.AllowsSetting(setting.Name) || (Is(setting, SearchPathName) && (BackToLogin(setting) || profile.AllowsSearchPath(setting.Values))),
        };
        return allowed ? null : new("LP312", $"setting \"{setting.Name}\" is not in profile {profile.Name}", $"Setting {setting.Name}.",
            Is(setting, SearchPathName) && profile.Kind != ProfileKind.Migrator ? $"Name schemas of profile {profile.Name} only, or add the schema to its allow_schemas."
            : $"Set it for the role with ALTER ROLE, or add it to allow_settings of profile {profile.Name}.", setting.Location, setting.Name, Listed: true);
    }

    private static bool IsJudgedByValue(string name) =>
        string.Equals(name, "role", StringComparison.OrdinalIgnoreCase) || string.Equals(name, "session_authorization", StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, "client_encoding", StringComparison.OrdinalIgnoreCase) || string.Equals(name, "standard_conforming_strings", StringComparison.OrdinalIgnoreCase);

    private static bool Is(SettingFact setting, string name) => string.Equals(setting.Name, name, StringComparison.OrdinalIgnoreCase);

    private static bool BackToLogin(SettingFact setting) => setting.Action is SettingAction.Reset or SettingAction.SetDefault;

    private static string? Value(SettingFact setting) => setting.Values.Length == 1 ? setting.Values[0] : null;

    /// <summary>Postgres compares names of encodings by letters and digits only.</summary>
    private static bool IsUtf8(string? value) =>
        value is not null && string.Concat(value.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() is "UTF8" or "UNICODE";

    private static Finding Find(SettingFact setting, string what, string hint) =>
        new(Denied, $"permission denied to set parameter \"{setting.Name}\"", $"Setting {setting.Name} {what}.", hint, setting.Location, setting.Name);
}
