using System.CommandLine;
using Lockplane.Control;
using Lockplane.Control.Plans;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Cli;

/// <summary>The options that every verb of the control plane takes: which database, which configuration, which kind of output.</summary>
internal sealed class TargetOptions
{
    private readonly Option<string?> _database = new("--db") { Description = "The database: a postgresql:// URL, or the NAME of a [databases.NAME].", HelpName = "URL|NAME" };
    private readonly Option<string?> _config = new("--config") { Description = "The configuration file; otherwise ./lockplane.toml, otherwise the one that `./dev up` wrote.", HelpName = "FILE" };
    private readonly Option<bool> _json = new(JsonName) { Description = "Canonical JSON on standard output and nothing else." };

    /// <summary>The option for machine output, which errors obey, too.</summary>
    public const string JsonName = "--json";

    /// <summary>Adds the options to a verb.</summary>
    public Command AddTo(Command command)
    {
        command.Add(_database);
        command.Add(_config);
        command.Add(_json);
        return command;
    }

    /// <summary>The database as it was named; null when it was not.</summary>
    public string? Database(ParseResult parsed) => parsed.GetValue(_database);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public LockplaneConfiguration LoadConfiguration(ParseResult parsed) => ConfigurationLoader.Load(parsed.GetValue(_config));

    /// <summary>Opens the database that the options name.</summary>
    public OpenDatabase Open(ParseResult parsed, Terminal terminal)
    {
        LockplaneConfiguration configuration = LoadConfiguration(parsed);
        PgQueryParser parser = Corridor.MakeParser(configuration, terminal.Progress);
        try
        {
            return new OpenDatabase(configuration, parser, Corridor.Open(configuration, Database(parsed), parser), Json(parsed));
        }
        catch
        {
            parser.Dispose();
            throw;
        }
    }
}

/// <summary>The database that a verb works on.</summary>
internal sealed class OpenDatabase(LockplaneConfiguration configuration, PgQueryParser parser, Corridor corridor, bool json) : IAsyncDisposable
{
    public ControlPlane Control => corridor.ControlPlane;

    public LockplaneConfiguration Configuration => configuration;

    /// <summary>In whose name the verb acts: the role that it logs in as.</summary>
    public Principal Me => Principal.Cli(corridor.ApplyRole);

    public string Name => corridor.ControlPlane.Target.Database;

    public bool Json => json;

    /// <summary>Plans between given schemas and compares them, on shadows like those of this database.</summary>
    public GivenSchemas GivenSchemas => new(Control.Target, parser, configuration.ToControlOptions(), TimeProvider.System);

    /// <summary>Another database, with the same configuration.</summary>
    public Corridor Open(string database) => Corridor.Open(configuration, database, parser);

    public async ValueTask DisposeAsync()
    {
        await corridor.DisposeAsync();
        parser.Dispose();
    }
}
