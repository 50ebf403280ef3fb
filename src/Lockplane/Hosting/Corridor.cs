using Lockplane.Control;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Hosting;

/// <summary>The control plane of one database, with what it was made from.</summary>
internal sealed class Corridor : IAsyncDisposable
{
    private readonly Target _target;
    private readonly SigningKey _key;

    private Corridor(Target target, SigningKey key, PgQueryParser parser, ControlOptions options)
    {
        (_target, _key) = (target, key);
        ControlPlane = new ControlPlane(target, key, parser, options, TimeProvider.System);
    }

    public ControlPlane ControlPlane { get; }

    /// <summary>The role that applies, and in whose name the command line acts.</summary>
    public string ApplyRole => _target.ApplyRole;

    /// <summary>Opens what <c>--db</c> names: a URL, or a <c>[databases.NAME]</c>; null is the only one that is configured.</summary>
    /// <exception cref="LockplaneException">LP001: no such database, none, or more than one.</exception>
    public static Corridor Open(LockplaneConfiguration configuration, string? database, PgQueryParser parser)
    {
        SigningKey key = SigningKey.LoadOrCreate(Path.Combine(StateDirectory(configuration), "ledger.key"));
        return new Corridor(MakeTarget(configuration, database), key, parser, configuration.ToControlOptions());
    }

    /// <summary>The folder of keys and caches: the configuration's; without a file LOCKPLANE_STATE, else <c>~/.local/state/lockplane</c>.</summary>
    public static string StateDirectory(LockplaneConfiguration configuration)
    {
        if (configuration.Path is not null || configuration.StateDirectory != LockplaneConfiguration.DefaultStateDirectory)
        {
            return configuration.StateDirectory;
        }

        string? state = Environment.GetEnvironmentVariable(ConfigurationLoader.StateVariable);
        return string.IsNullOrEmpty(state) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", "lockplane") : state;
    }

    /// <summary>The parser, whose compiled module is kept in the state folder.</summary>
    public static PgQueryParser MakeParser(LockplaneConfiguration configuration, Action<string>? progress) =>
        new(new PgQueryOptions { CacheFolder = Path.Combine(StateDirectory(configuration), "cache"), Progress = progress });

    /// <summary>Whether a database is named by its URL.</summary>
    public static bool IsUrl(string database) => database.Contains("://", StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync();
        _key.Dispose();
    }

    private static Target MakeTarget(LockplaneConfiguration configuration, string? database)
    {
        System.Collections.Immutable.ImmutableSortedDictionary<string, DatabaseSection> databases = configuration.Databases;
        if (database is not null && IsUrl(database))
        {
            return new Target(database);
        }

        if (database is null && databases.Count != 1)
        {
            throw databases.IsEmpty
                ? new LockplaneException(ErrorCodes.Configuration, "No database is named.", hint: "Start the sample with `./dev up`, give --db postgresql://user:password@host/database, or write a [databases.NAME] into lockplane.toml.")
                : new LockplaneException(ErrorCodes.Configuration, "More than one database is configured.", hint: $"Say which: --db {string.Join(" | ", databases.Keys)}.");
        }

        DatabaseSection section = database is null ? databases.Values.First() : databases.GetValueOrDefault(database)
            ?? throw new LockplaneException(
                ErrorCodes.Configuration,
                $"There is no [databases.{database}].",
                hint: databases.IsEmpty ? "Give a postgresql:// URL, or write the table into lockplane.toml." : $"Known are {string.Join(", ", databases.Keys)}; a URL begins with postgresql://.");
        return new Target(section.ApplyUrl, section.ShadowUrl);
    }
}
