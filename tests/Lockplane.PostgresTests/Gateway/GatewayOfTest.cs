using System.Collections.Concurrent;
using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Scripted;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway;

/// <summary>A gateway before one of the clusters, with a role and a database of the test's own. Unless it is given a gate, its own knows texts by their first word.</summary>
internal sealed class GatewayOfTest : IAsyncDisposable, IDdlGate
{
    public const string PlanHash = "sha256:00000000000000000000000000000000000000000000000000000000000000aa";

    private GatewayOfTest(GatewayOptions options, IStatementGates gates, IAuditSink? audit, string role, string password, string database)
    {
        (Role, Password, Database) = (role, password, database);
        Server = new GatewayServer(options, new RuleIdentitySource(options.Identity, options.ContextPrefix), gates, this, NullLoggerFactory.Instance, audit);
    }

    public GatewayServer Server { get; }

    public string Role { get; }

    public string Password { get; }

    public string Database { get; }

    public List<DdlRequest> Proposed { get; } = [];

    public static async Task<GatewayOfTest> StartAsync(PostgresCluster cluster, Func<GatewayOptions, GatewayOptions>? configure = null, IStatementGates? gates = null,
        IAuditSink? audit = null)
    {
        (string? role, string? password) = await cluster.CreateRoleAsync();
        string database = new NpgsqlConnectionStringBuilder(await cluster.CreateDatabaseAsync(role)).Database!;
        Userlist users = Userlist.Parse($"\"{role}\" \"{password}\"");
        GatewayOptions options = new()
        {
            Port = 0,
            Server = new ServerOptions { Host = cluster.Host, Port = cluster.Port, Users = users },
            Users = users,
            Auth = [new AuthRule { Method = AuthMethod.Scram }],
            Identity = [new IdentityRule { User = role, TenantId = "acme", UserId = "ann" }],
        };
        GatewayOfTest gateway = new(configure?.Invoke(options) ?? options, gates ?? new FirstWords(), audit, role, password, database);
        await gateway.Server.StartAsync(TestContext.Current.CancellationToken);
        return gateway;
    }

    public string ConnectionString(string? password = null, string? database = null, int timeout = 30) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Server.Port, Username = Role, Password = password ?? Password, Database = database ?? Database, Pooling = false, SslMode = SslMode.Disable, Timeout = timeout,
    }.ConnectionString;

    public async Task<NpgsqlConnection> ConnectAsync()
    {
        NpgsqlConnection connection = new(ConnectionString());
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>A client that sends messages one by one, logged in by protocol 3.2.</summary>
    public async Task<ScriptedClient> LogInAsync()
    {
        ScriptedClient client = await ScriptedClient.LogInAsync(Server.Port, Role, Password, Database, null, TestContext.Current.CancellationToken);
        Assert.Null(client.Refusal);
        Assert.Equal(4 + 32, client.CancelKey.Length);
        return client;
    }

    public Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation)
    {
        lock (Proposed)
        {
            Proposed.Add(request);
        }

        return Task.FromResult(request.Sql.Contains("unplannable", StringComparison.Ordinal) ? new DdlAnswer(null, "the shadow refused it.") : new DdlAnswer(PlanHash, null));
    }

    public Task<DdlOutcome> ApplyAsync(DdlRequest request, CancellationToken cancellation) => throw new InvalidOperationException("No session here has profile migrator.");

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Knows a text at once when it was judged before, as the real gate does.</summary>
    private sealed class FirstWords : IStatementGates, IStatementJudge
    {
        private readonly ConcurrentDictionary<string, Verdict> _judged = new(StringComparer.Ordinal);

        public IStatementJudge For(Profile profile, string database) => this;

        public void Post(int textBytes, Action judge) => ThreadPool.QueueUserWorkItem(static judge => judge(), judge, preferLocal: false);

        public bool TryFind(ReadOnlySpan<byte> sql, out Verdict verdict) => _judged.TryGetValue(Encoding.Latin1.GetString(sql), out verdict!);

        public Verdict Judge(ReadOnlySpan<byte> sql, long session)
        {
            Verdict verdict = sql switch
            {
                _ when sql.StartsWith("REFUSE"u8) => new Verdict(VerdictKind.Refuse, new Refusal("42501", "Not allowed.", "Detail.", "Hint.", 3)),
                _ when sql.StartsWith("CREATE"u8) => new Verdict(VerdictKind.Ddl, new Refusal("LP301", "A schema change.", Position: 1)),
                _ => Verdict.Permitted,
            };
            if (sql.Length < 1_000)
            {
                _judged[Encoding.Latin1.GetString(sql)] = verdict;
            }

            return verdict;
        }
    }
}
