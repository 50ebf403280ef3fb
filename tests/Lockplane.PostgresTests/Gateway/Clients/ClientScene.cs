using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Lockplane.Control.Introspection;
using Lockplane.Dev;
using Lockplane.Gateway;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.EndToEnd;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Clients;

/// <summary>A database with a small shop behind a gateway whose profile application observes; it keeps what came to the gate and what the audit was told.</summary>
internal sealed class ClientScene : IAsyncDisposable
{
    private const string Shop = "tests/clients/shop.sql";

    private static readonly PgQueryParser Parser = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery") });

    private readonly GatewayOfTest _gateway;
    private readonly PostgresCluster _cluster;
    private readonly SeenStatements _statements;
    private readonly SeenEvents _events;

    private ClientScene(GatewayOfTest gateway, PostgresCluster cluster, SeenStatements statements, SeenEvents events) =>
        (_gateway, _cluster, _statements, _events) = (gateway, cluster, statements, events);

    /// <summary>The different texts that came to the gate.</summary>
    public int Statements => _statements.Texts.Count;

    /// <summary>What was refused or observed: code, subject and text.</summary>
    public (string Code, string Subject, string Text)[] Findings => [.. _events.Findings];

    public static async Task<ClientScene> StartAsync(PostgresCluster cluster)
    {
        (SeenStatements statements, SeenEvents events) = (new(), new());
        GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with { Profiles = [new ProfileRule { Mode = ProfileMode.Observe }] }, statements, events);
        ClientScene scene = new(gateway, cluster, statements, events);
        string shop = await File.ReadAllTextAsync(Path.Combine(Checkout.Find()!, Shop));
        await scene.AdministerAsync(shop.Replace("{role}", gateway.Role, StringComparison.Ordinal));
        return scene;
    }

    /// <summary>Tells the gates of the functions that are there now, as the control plane does.</summary>
    public async Task ReadFactsAsync()
    {
        await using NpgsqlConnection connection = new(Administrator);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        _statements.Facts.Current = CatalogFactsMapping.Map(await FunctionReader.ReadAsync(connection, TestContext.Current.CancellationToken));
    }

    /// <summary>Runs a command line through the gateway as the application's role.</summary>
    public Task<ProcessResult> ThroughAsync(string[] command) => RunAsync(command, _gateway.Server.Port, _gateway.Role, _gateway.Password);

    /// <summary>Runs a command line at the server as the administrator, and lets the application's role at what it made.</summary>
    public async Task PrepareAsync(string[] command)
    {
        (await RunAsync(command, _cluster.Port, "postgres", _cluster.Password)).Succeeded();
        await AdministerAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {_gateway.Role};\nGRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_gateway.Role};\n");
    }

    private string Administrator => new NpgsqlConnectionStringBuilder(_cluster.AdminConnectionString) { Database = _gateway.Database }.ConnectionString;

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    /// <summary>Runs statements that each end a line, as the administrator; one at a time, since Npgsql does not split.</summary>
    private async Task AdministerAsync(string script)
    {
        foreach (string statement in script.Split(";\n", StringSplitOptions.RemoveEmptyEntries))
        {
            await _cluster.ExecuteAsync(statement, Administrator);
        }
    }

    private Task<ProcessResult> RunAsync(string[] command, int port, string role, string password) => ChildProcess.RunAsync(command[0], command[1..], Checkout.Find()!, new Dictionary<string, string>
    {
        ["PGHOST"] = "127.0.0.1",
        ["PGPORT"] = port.ToString(CultureInfo.InvariantCulture),
        ["PGUSER"] = role,
        ["PGPASSWORD"] = password,
        ["PGDATABASE"] = _gateway.Database,
        ["PGSSLMODE"] = "disable",
        ["LC_ALL"] = "C.UTF-8",
        ["PYTHONWARNINGS"] = "ignore",
        ["PYTHONDONTWRITEBYTECODE"] = "1",
        ["NODE_NO_WARNINGS"] = "1",
    });

    /// <summary>The real gates, with a note of each text that was asked about.</summary>
    private sealed class SeenStatements : IStatementGates, ICatalogFacts
    {
        private readonly StatementGates _gates;

        public SeenStatements() => _gates = new StatementGates(Parser, 4 << 20, this);

        public DatabaseFacts Facts { get; } = new();

        public ConcurrentDictionary<string, bool> Texts { get; } = new(StringComparer.Ordinal);

        public IStatementJudge For(Profile profile, string database) => new Judge(_gates.For(profile, database), Texts);

        public DatabaseFacts Of(string database) => Facts;

        public void Post(int textBytes, Action judge) => _gates.Post(textBytes, judge);

        private sealed class Judge(IStatementJudge judge, ConcurrentDictionary<string, bool> texts) : IStatementJudge
        {
            public bool TryFind(ReadOnlySpan<byte> sql, out Verdict verdict)
            {
                texts[Encoding.UTF8.GetString(sql)] = true;
                return judge.TryFind(sql, out verdict);
            }

            Verdict IStatementJudge.Judge(ReadOnlySpan<byte> sql, long session) => judge.Judge(sql, session);
        }
    }

    private sealed class SeenEvents : IAuditSink
    {
        public ConcurrentQueue<(string Code, string Subject, string Text)> Findings { get; } = new();

        public bool Refuses => false;

        public string? Failure => null;

        public void Write(in AuditEvent auditEvent)
        {
            if (auditEvent.Kind is AuditKind.Refusal or AuditKind.Observe or AuditKind.LoginFailed)
            {
                Findings.Enqueue((auditEvent.Code ?? "", auditEvent.Subject ?? auditEvent.Reason ?? "", Encoding.UTF8.GetString(auditEvent.Statement.Span)));
            }
        }
    }
}
