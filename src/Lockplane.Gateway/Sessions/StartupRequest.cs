using System.Collections.Immutable;
using System.Text;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Sessions;

/// <summary>What a client asked for in its StartupMessage, checked. The message itself goes no further.</summary>
/// <param name="Version">What is spoken with the client.</param>
/// <param name="Negotiation">To be sent before authentication where the client asked for something newer; otherwise null.</param>
/// <param name="Profile">Which statements it may send.</param>
/// <param name="Settings">Allowed settings; names are compared without regard to case.</param>
internal sealed record StartupRequest(
    ProtocolVersion Version,
    NegotiateProtocolVersion? Negotiation,
    string User,
    string Database,
    Profile Profile,
    ImmutableSortedDictionary<string, string> Settings)
{
    // The default of a role or database may be off; the gate reads texts as with on.
    private const string ConformingStrings = "standard_conforming_strings";

    /// <summary>Checks a StartupMessage.</summary>
    /// <param name="profiles">What it may set depends on its profile.</param>
    /// <param name="serverDatabase">The database of every session; null for the one that the client asks for.</param>
    /// <exception cref="ProtocolException">28000 no user; 0A000 replication; 42501 a setting that is not allowed; 22023 a value; 08P01.</exception>
    public static StartupRequest From(StartupMessage message, Profiles profiles, string? serverDatabase)
    {
        string user = "", database = "", options = "";
        List<KeyValuePair<string, string>> given = new();
        ImmutableArray<string>.Builder unknown = ImmutableArray.CreateBuilder<string>();
        foreach ((string name, string value) in message.Parameters)
        {
            switch (name)
            {
                case "user": user = Name(name, value); break;
                case "database": database = Name(name, value); break;
                case "options": options = value; break;
                case "replication": CheckReplication(value); break;
                case string when name.StartsWith(StartupMessage.OptionPrefix, StringComparison.Ordinal): unknown.Add(name); break;
                default: given.Add(new(name, value)); break;
            }
        }

        if (user.Length == 0)
        {
            throw new ProtocolException(SqlState.InvalidAuthorization, "no user name was given in the start-up packet");
        }

        database = database.Length == 0 ? user : database;
        Profile profile = profiles.Find(serverDatabase ?? database, user);

        // As in Postgres, a parameter of its own wins over the same setting in options.
        Dictionary<string, string> settings = new(StringComparer.OrdinalIgnoreCase);
        StartupSettings.AddOptions(settings, profile, options);
        foreach ((string name, string value) in given)
        {
            StartupSettings.Add(settings, profile, name, value);
        }

        bool newer = message.Version.Minor > ProtocolVersion.V32.Minor;
        ProtocolVersion version = newer ? ProtocolVersion.V32 : message.Version;
        return new StartupRequest(version, newer || unknown.Count > 0 ? new NegotiateProtocolVersion(version, unknown.ToImmutable()) : null,
            user, database, profile, settings.ToImmutableSortedDictionary(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Our own StartupMessage: the context is in it, so that it is what RESET comes back to.</summary>
    /// <param name="tag">The session's number, where the application name is to end with it.</param>
    public StartupMessage ForServer(string database, SessionContext context, long? tag = null)
    {
        ImmutableArray<KeyValuePair<string, string>>.Builder parameters = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        parameters.Add(new("user", User));
        parameters.Add(new("database", database));
        ImmutableSortedDictionary<string, string> settings = tag is null ? Settings : Settings.SetItem("application_name", ApplicationName.Tag(Settings.GetValueOrDefault("application_name") ?? "", tag.Value));
        parameters.AddRange(settings.Where(setting => !Profile.IsGated || !setting.Key.Equals(ConformingStrings, StringComparison.OrdinalIgnoreCase)));
        if (Profile.IsGated)
        {
            parameters.Add(new("client_encoding", "UTF8"));
            parameters.Add(new(ConformingStrings, "on"));
        }

        if (!Profile.Writes)
        {
            // Beside the gate, which lets nothing pass that changes rows.
            parameters.Add(new("default_transaction_read_only", "on"));
        }

        parameters.AddRange(context.Settings);

        return new StartupMessage(ProtocolVersion.V32, parameters.ToImmutable());
    }

    private static string Name(string parameter, string value) => Encoding.UTF8.GetByteCount(value) <= ProtocolLimits.NameBytes
        ? value
        : throw new ProtocolException(SqlState.InvalidAuthorization, $"the start-up parameter {parameter} is longer than {ProtocolLimits.NameBytes} bytes");

    private static void CheckReplication(string value)
    {
        bool? wanted = value.Equals("database", StringComparison.Ordinal) ? true : StartupSettings.ParseBool(value);
        if (wanted != false)
        {
            throw wanted is null
                ? new ProtocolException(SqlState.InvalidParameterValue, "invalid value for parameter \"replication\"")
                : new ProtocolException(SqlState.FeatureNotSupported, "replication connections are not supported through the gateway",
                    hint: "Connect to the server directly.");
        }
    }
}
