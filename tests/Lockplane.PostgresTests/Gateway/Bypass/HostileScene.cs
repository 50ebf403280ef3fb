using System.Globalization;
using Lockplane.Control.Introspection;
using Lockplane.Gateway;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.Scripted;
using Lockplane.Wire;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>
/// A server of its own with a database of two tenants, before it a gateway with the real gate, and roles whose privileges hide nothing that the gate lets through: the attacker owns the
/// database and its tables and may do nearly all that a superuser may. Values of the other tenant hold <see cref="Canary"/>.
/// </summary>
internal sealed class HostileScene : IAsyncDisposable
{
    /// <summary>Stands in every row, query, file and large object that the attacker must not see.</summary>
    public const string Canary = "canary4f1c9e";

    private const string Superuser = "bypass_root";

    private readonly PostgresCluster _cluster;
    private readonly GatewayOfTest _gateway;
    private readonly ReadFacts _facts;
    private readonly string _template;
    private readonly string _bare;
    private readonly Dictionary<(bool Direct, bool Superuser), string> _usual = [];
    private NpgsqlConnection _observer = new();
    private ScriptedClient? _victim;
    private string _victimPid = "0";
    private Judge? _judge;
    private bool _left;

    private HostileScene(PostgresCluster cluster, GatewayOfTest gateway, ReadFacts facts) =>
        (_cluster, _gateway, _facts, _template, _bare) = (cluster, gateway, facts, gateway.Database + "_template", gateway.Database + "_bare");

    public int Major => _cluster.Major;

    public string Role => _gateway.Role;

    /// <summary>Looks at the database past the gateway.</summary>
    public Judge Judge => _judge!;

    /// <summary>What <c>{name}</c> in a case stands for.</summary>
    public IReadOnlyDictionary<string, string> Names { get; private set; } = new Dictionary<string, string>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<HostileScene> StartAsync(int major)
    {
        PostgresCluster cluster = await PostgresCluster.StartAsync(major, "log_statement=ddl", "log_line_prefix=%u ", "max_prepared_transactions=4", "wal_level=logical");
        await cluster.ExecuteAsync($"CREATE ROLE {Superuser} SUPERUSER LOGIN PASSWORD 'password of root'");
        ReadFacts facts = new();
        GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, static options =>
        {
            string user = options.Identity[0].User!;
            Userlist users = Userlist.Parse($"\"{user}\" \"password of {user}\"\n\"{Superuser}\" \"password of root\"");
            return options with
            {
                Users = users,
                Server = options.Server with { Users = users },
                Limits = options.Limits with { Query = TimeSpan.FromSeconds(5) },
                Identity = [.. options.Identity, new IdentityRule { User = Superuser, TenantId = "acme", UserId = "ann" }],
            };
        }, new StatementGates(ManagedDatabase.Parser, 4 << 20, facts));
        HostileScene scene = new(cluster, gateway, facts);
        await scene.BuildAsync();
        await scene.ResetAsync();
        return scene;
    }

    /// <summary>The context of a session of the attacker's that does nothing.</summary>
    public async Task<string> UsualContextAsync(bool direct, bool superuser)
    {
        if (!_usual.TryGetValue((direct, superuser), out string? usual))
        {
            using AttackSession session = new((await LogInAsync(direct, superuser))!);
            usual = Assert.Single(await session.ContextsAsync());
            Assert.Contains("| acme | ann | UTF8 | none |", usual, StringComparison.Ordinal);
            _usual.Add((direct, superuser), usual);
        }

        return usual;
    }

    /// <summary>The start-up parameters of an ordinary login; without a gateway the context is the client's to give.</summary>
    public string[] Startup(bool direct, bool superuser)
    {
        string[] pairs = ["user", superuser ? Superuser : Role, "database", _gateway.Database];
        return direct ? ["app.tenant_id", "acme", "app.user_id", "ann", "client_encoding", "UTF8", .. pairs] : pairs;
    }

    /// <summary>A client of the gateway, or of the server itself, that has not logged in.</summary>
    public Task<ScriptedClient> OpenAsync(bool direct) => ScriptedClient.OpenAsync(direct ? _cluster.Port : _gateway.Server.Port, Cancellation);

    /// <summary>Logs in; null when it was refused.</summary>
    public async Task<ScriptedClient?> LogInAsync(bool direct, bool superuser, string[]? startup = null)
    {
        ScriptedClient client = await OpenAsync(direct);
        try
        {
            await client.LogInAsync(superuser ? "password of root" : _gateway.Password, ScriptedClient.Startup(ProtocolVersion.V30, startup ?? Startup(direct, superuser)), Cancellation);
        }
        catch (EndOfStreamException)
        {
            client.Dispose();
            return null;
        }

        if (client.Refusal is null)
        {
            return client;
        }

        client.Dispose();
        return null;
    }

    /// <summary>Sees to it that the database is the one with, or without, what setup-left.sql makes.</summary>
    public Task UseAsync(bool left) => _left == left ? Task.CompletedTask : ResetAsync(left);

    /// <summary>Makes everything as it was: the database from its template, roles, server settings, files, the victim's session.</summary>
    /// <param name="left">Whether it has what setup-left.sql makes.</param>
    public async Task ResetAsync(bool left = false)
    {
        _left = left;
        await _observer.DisposeAsync();
        _victim?.Dispose();
        await _cluster.ExecuteAsync("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender') AND pid <> pg_backend_pid()");
        await UndoAsync("SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts", Database(_gateway.Database));
        await UndoAsync("SELECT format(command, subname) FROM pg_subscription, unnest(ARRAY['ALTER SUBSCRIPTION %I SET (slot_name = NONE)', 'DROP SUBSCRIPTION %I']) command", Database(_gateway.Database));
        await UndoAsync("SELECT format('SELECT pg_drop_replication_slot(%L)', slot_name) FROM pg_replication_slots");
        await UndoAsync($"SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', '{_template}', '{_bare}')");
        await UndoAsync($"SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname NOT IN ('postgres', '{Role}', '{Superuser}', 'bypass_other') AND rolname !~ '^pg_'");
        await UndoAsync("SELECT format('ALTER ROLE %s%s RESET ALL', CASE setrole WHEN 0 THEN 'ALL' ELSE setrole::regrole::text END, ' IN DATABASE ' || d.datname) "
            + "FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase WHERE s.setrole <> 0 OR s.setdatabase = 0");
        foreach (string sql in new[]
        {
            $"ALTER ROLE {Role} NOSUPERUSER NOBYPASSRLS CREATEDB CREATEROLE REPLICATION INHERIT CONNECTION LIMIT -1 PASSWORD '{_gateway.Password}' VALID UNTIL 'infinity'",
            "ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()", "COPY (SELECT) TO PROGRAM 'cat > /dev/null; rm -f bypass_file'",
            $"CREATE DATABASE {_gateway.Database} TEMPLATE {(left ? _template : _bare)} OWNER {Role}",
        })
        {
            await _cluster.ExecuteAsync(sql);
        }

        await StartVictimAsync();
        _observer = new NpgsqlConnection(Database(_gateway.Database));
        await _observer.OpenAsync(Cancellation);
        _facts.One.Current = CatalogFactsMapping.Map(await FunctionReader.ReadAsync(_observer, Cancellation));
        _judge = await Judge.StartAsync(_observer, _cluster.Log, Role, _victimPid);
    }

    /// <summary>The first column of a query, past the gateway.</summary>
    public async Task<List<string>> ReadAsync(string query)
    {
        List<string> read = [];
        await using NpgsqlCommand command = new(query, _observer);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(Cancellation);
        while (await rows.ReadAsync(Cancellation))
        {
            read.Add(rows.GetString(0));
        }

        return read;
    }

    public async ValueTask DisposeAsync()
    {
        _victim?.Dispose();
        await _observer.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private string Database(string name) => new NpgsqlConnectionStringBuilder(_cluster.AdminConnectionString) { Database = name }.ConnectionString;

    private async Task BuildAsync()
    {
        Names = new Dictionary<string, string>
        {
            ["role"] = Role, ["password"] = _gateway.Password, ["database"] = _gateway.Database, ["canary"] = Canary, ["port"] = _cluster.Port.ToString(CultureInfo.InvariantCulture),
        };
        await _cluster.ExecuteAsync($"ALTER ROLE {Role} CREATEDB CREATEROLE REPLICATION");
        await RunAsync("setup.sql");
        await _cluster.ExecuteAsync($"CREATE DATABASE {_bare} TEMPLATE {_gateway.Database}");
        await RunAsync("setup-left.sql");
        await _cluster.ExecuteAsync($"ALTER DATABASE {_gateway.Database} RENAME TO {_template}");
    }

    private async Task RunAsync(string script)
    {
        foreach (string statement in BypassCase.Script(script, Names))
        {
            await _cluster.ExecuteAsync(statement, Database(_gateway.Database));
        }
    }

    /// <summary>A session of the other tenant under the attacker's role, in the middle of a query.</summary>
    private async Task StartVictimAsync()
    {
        _victim = await ScriptedClient.OpenAsync(_cluster.Port, Cancellation);
        await _victim.LogInAsync(_gateway.Password, ScriptedClient.Startup(ProtocolVersion.V30, "user", Role, "database", _gateway.Database, "app.tenant_id", "globex"), Cancellation);
        string key = _victim.CancelKey;
        _victimPid = ((key[0] << 24) | (key[1] << 16) | (key[2] << 8) | key[3]).ToString(CultureInfo.InvariantCulture);
        await _victim.Query($"SELECT pg_sleep(3600), '{Canary}'").Stream.FlushAsync(Cancellation);
        Names = new Dictionary<string, string>(Names) { ["victim"] = _victimPid, ["victimbytes"] = string.Concat(key[..4].Select(static character => $"\\x{(int)character:x2}")) };
    }

    /// <summary>The facts of the one database, read whenever it is made anew.</summary>
    private sealed class ReadFacts : ICatalogFacts
    {
        public DatabaseFacts One { get; } = new();

        public DatabaseFacts Of(string database) => One;
    }

    /// <summary>Runs the statements that a query writes; none when its database is gone.</summary>
    private async Task UndoAsync(string query, string? database = null)
    {
        List<string> statements = [];
        await using (NpgsqlConnection connection = new(database ?? _cluster.AdminConnectionString))
        {
            try
            {
                await connection.OpenAsync(Cancellation);
            }
            catch (PostgresException e) when (e.SqlState == "3D000")
            {
                return;
            }

            await using NpgsqlCommand command = new(query, connection);
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(Cancellation);
            while (await rows.ReadAsync(Cancellation))
            {
                statements.Add(rows.GetString(0));
            }
        }

        foreach (string statement in statements)
        {
            await _cluster.ExecuteAsync(statement, database);
        }
    }
}
