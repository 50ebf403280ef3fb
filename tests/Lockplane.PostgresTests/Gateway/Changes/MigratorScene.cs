using System.Collections.Concurrent;
using System.Globalization;
using Lockplane.Control;
using Lockplane.Control.Execution;
using Lockplane.Control.Ledgers;
using Lockplane.Dev;
using Lockplane.Gateway;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.PostgresTests.EndToEnd;
using Lockplane.Scripted;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Changes;

/// <summary>A gateway with the real gate and the real corridor before a database under management with a table <c>notes</c>: one role is a migrator, the other an application.</summary>
internal sealed class MigratorScene : IAsyncDisposable, IAuditSink
{
    private readonly DdlCorridor _corridor;
    private readonly string _password;

    private MigratorScene(PostgresCluster cluster, ManagedDatabase database, string migrator, string password, string application, TimeSpan planWait)
    {
        (Cluster, Database, Migrator, _password, Application) = (cluster, database, migrator, password, application);
        Userlist users = Userlist.Parse($"\"{migrator}\" \"{password}\"\n\"{application}\" \"{password}\"");
        GatewayOptions options = new()
        {
            Port = 0,
            Server = new ServerOptions { Host = cluster.Host, Port = cluster.Port, Users = users },
            Users = users,
            Auth = [new AuthRule { Method = AuthMethod.Scram }],
            Identity = [new IdentityRule { TenantId = "acme", UserId = "ann" }],
            Profiles = [new ProfileRule { User = migrator, Kind = ProfileKind.Migrator }],
            PlanWait = planWait,
        };
        _corridor = new DdlCorridor(new Dictionary<string, ControlPlane> { [database.Target.Database] = database.Control }, NullLogger<DdlCorridor>.Instance);
        Server = new GatewayServer(
            options, new RuleIdentitySource(options.Identity, options.ContextPrefix), new StatementGates(ManagedDatabase.Parser, options.MaxStatementBytes), _corridor, NullLoggerFactory.Instance, this);
    }

    public PostgresCluster Cluster { get; }

    public ManagedDatabase Database { get; }

    public GatewayServer Server { get; }

    public string Migrator { get; }

    public string Application { get; }

    /// <summary>The audit's events.</summary>
    public ConcurrentQueue<AuditEvent> Audit { get; } = new();

    public bool Refuses => false;

    public string? Failure => null;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<MigratorScene> StartAsync(PostgresCluster cluster, TimeSpan? planWait = null)
    {
        ManagedDatabase database = await ManagedDatabase.CreateAsync(cluster, "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)", baseline: false);
        await database.ExecuteAsync("GRANT SELECT, INSERT ON notes TO PUBLIC");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        (string migrator, string password) = await cluster.CreateRoleAsync();
        (string application, _) = await cluster.CreateRoleAsync();
        await cluster.ExecuteAsync($"ALTER ROLE {application} PASSWORD '{password}'");
        MigratorScene scene = new(cluster, database, migrator, password, application, planWait ?? TimeSpan.FromMinutes(1));
        await scene.Server.StartAsync(Cancellation);
        return scene;
    }

    public void Write(in AuditEvent auditEvent) => Audit.Enqueue(auditEvent);

    public string ConnectionString(string? role = null, bool pooling = false) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Server.Port, Username = role ?? Migrator, Password = _password, Database = Database.Target.Database, Pooling = pooling, SslMode = SslMode.Disable, Timeout = 60,
        CommandTimeout = 120,
    }.ConnectionString;

    public async Task<NpgsqlConnection> ConnectAsync(string? role = null)
    {
        NpgsqlConnection connection = new(ConnectionString(role));
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    /// <summary>A client that sends messages one by one.</summary>
    public async Task<ScriptedClient> LogInAsync(string? role = null)
    {
        ScriptedClient client = await ScriptedClient.LogInAsync(Server.Port, role ?? Migrator, _password, Database.Target.Database, null, Cancellation);
        Assert.Null(client.Refusal);
        return client;
    }

    /// <summary>Runs a program as the migrator, by libpq's environment.</summary>
    public Task<ProcessResult> RunAsync(string program, params string[] arguments) => ChildProcess.RunAsync(program, arguments, Checkout.Find()!, new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PGHOST"] = "127.0.0.1", ["PGPORT"] = Server.Port.ToString(CultureInfo.InvariantCulture), ["PGUSER"] = Migrator, ["PGPASSWORD"] = _password, ["PGDATABASE"] = Database.Target.Database,
        ["PGSSLMODE"] = "disable", ["LC_ALL"] = "C.UTF-8", ["NODE_NO_WARNINGS"] = "1",
    });

    /// <summary>The SQLSTATE that a statement is refused with.</summary>
    public static async Task<PostgresException> RefusedAsync(NpgsqlConnection connection, string sql) => await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, sql));

    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteNonQueryAsync(Cancellation);
    }

    public Task<bool> HasAsync(string relation) => Database.ReadAsSuperuserAsync<bool>($"SELECT to_regclass('{relation}') IS NOT NULL");

    /// <summary>The ledger's entries after the baseline; the database has to be what the last of them says.</summary>
    public async Task<IReadOnlyList<LedgerRow>> CleanLedgerAsync()
    {
        VerifyReport report = await Database.Control.VerifyAsync(Cancellation);
        Assert.True(report.IsClean, string.Join('\n', report.Faults.Concat(report.Drift)));
        return await Database.Control.ReadLedgerAsync(1, 100, Cancellation);
    }

    /// <summary>As the process's end does, after the gateway's.</summary>
    public ValueTask EndCorridorAsync() => _corridor.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _corridor.DisposeAsync();
        await Database.DisposeAsync();
    }
}
