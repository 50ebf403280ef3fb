using System.Net;
using System.Net.Sockets;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Dsl;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.PostgresTests.Control;

/// <summary>Code that a schema or a plan brings along runs on the shadow, and reaches nothing outside of it: no file, no program, no other server.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class ShadowAttackTests(TestClusters clusters) : IDisposable
{
    // Every place of a definition whose code Postgres can run while the definition is loaded.
    private const string Placements = """
        CREATE VIEW seen AS SELECT app.attack(1) AS a;
        CREATE MATERIALIZED VIEW kept AS SELECT app.attack(1) AS a;
        CREATE TABLE app.targets (
            id int PRIMARY KEY,
            defaulted int DEFAULT app.attack(1),
            checked int CHECK (app.attack(checked) = 1),
            generated int GENERATED ALWAYS AS (app.attack(id)) STORED
        );
        CREATE INDEX targets_attack ON app.targets (app.attack(id));
        CREATE DOMAIN app.guarded AS int DEFAULT app.attack(1) CHECK (app.attack(VALUE) = 1);
        CREATE TABLE app.guarded_ones (g app.guarded DEFAULT 1);
        CREATE FUNCTION app.on_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM app.attack(1); RETURN new; END $$;
        CREATE TRIGGER attacked BEFORE INSERT ON app.targets FOR EACH ROW EXECUTE FUNCTION app.on_change();
        """;

    // The same on rows: here Postgres does call the function.
    private const string Running = """
        CREATE TABLE app.bait AS SELECT app.attack(n) AS a FROM generate_series(1, 2) AS n;
        ALTER TABLE app.bait ADD COLUMN d int DEFAULT app.attack_now(1);
        ALTER TABLE app.bait ADD CONSTRAINT c CHECK (app.attack(a) = 1);
        ALTER TABLE app.bait ADD COLUMN g int GENERATED ALWAYS AS (app.attack(a)) STORED;
        CREATE INDEX bait_attack ON app.bait (app.attack(a));
        CREATE DOMAIN app.hook AS int CHECK (app.attack_now(VALUE) = 1);
        ALTER TABLE app.bait ALTER COLUMN d TYPE app.hook;
        CREATE TABLE app.caught AS SELECT app.attack_now(1) AS a
        """;

    // The one that makes the wrapper, a superuser, would run it.
    private const string Validator = """
        CREATE FUNCTION public.validate(text[], oid) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM app.attack_now(1); END $$;
        CREATE FOREIGN DATA WRAPPER w VALIDATOR validate;
        """;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _marker = Path.Combine(Path.GetTempPath(), "lockplane-attack-" + Guid.NewGuid().ToString("N"));

    private int _connections;

    public static TheoryData<int, bool> Shadows => [(18, false), (18, true), (15, false), (15, true)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Shadows))]
    public async Task What_is_loaded_runs_programs_reads_files_and_connects_nowhere(int major, bool superuser)
    {
        _listener.Start();
        _ = CountConnectionsAsync();
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(cluster, "CREATE SCHEMA app", superuserShadows: superuser);
        string code = Code(superuser);

        await TryAsync(database, "schema files", () => database.Control.PlanSchemaAsync([new SchemaFile("attack.sql", code + Placements)], database.Owner, null, Cancellation));
        await TryAsync(database, "statements", () => database.Control.PlanSqlAsync(code.Replace("CREATE SCHEMA app;", "", StringComparison.Ordinal) + Running, null, database.Owner, null, null, Cancellation));
        LockplaneException refused = await Assert.ThrowsAsync<LockplaneException>(() => database.Control.PlanSchemaAsync([new SchemaFile("attack.sql", code + Validator)], database.Owner, null, Cancellation));
        Assert.Equal(ErrorCodes.ShadowIncomplete, refused.Code);
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(_marker) + "*"));
        Assert.Equal(0, _connections);

        // That the same code does all of this where it may: otherwise the test shows nothing.
        if (!OperatingSystem.IsWindows())
        {
            string outcome = await RunAsSuperuserAsync(cluster, code);
            Assert.Contains("attack succeeded", outcome, StringComparison.Ordinal);
            Assert.NotEmpty(Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(_marker) + "*"));
            Assert.Equal(superuser, _connections > 0);
        }
    }

    private async Task CountConnectionsAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(Cancellation);
                Interlocked.Increment(ref _connections);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (string file in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(_marker) + "*"))
        {
            try
            {
                File.Delete(file);
            }
            catch (UnauthorizedAccessException)
            {
                // The server's, in a folder with the sticky bit.
            }
        }
    }

    // Each attempt is caught, so that the next is made; one that succeeds says so by an error of its own.
    private string Code(bool connects)
    {
        int port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        string connection = $"host=127.0.0.1 port={port} user=a password=b dbname=c connect_timeout=2";
        string[] attempts =
        [
            $"COPY (SELECT 1) TO PROGRAM 'touch {_marker}-1'",
            $"COPY (SELECT 1) TO '{_marker}-2'",
            "SELECT pg_catalog.pg_read_file('/etc/hostname')",
            "CREATE TEMP TABLE lines (t text); COPY lines FROM '/etc/hostname'",
            $"SELECT pg_catalog.lo_export(pg_catalog.lo_from_bytea(0, 'a'), '{_marker}-3')",
            .. connects ? new[] { $"SELECT * FROM ext.dblink('{connection}', 'SELECT 1') AS t (a int)", Foreign(port) } : [],
        ];
        string body = string.Concat(attempts.Select(sql => $"  BEGIN EXECUTE {Lockplane.Sql.Identifiers.QuoteLiteral(sql)}; done := done || '|'; EXCEPTION WHEN OTHERS THEN NULL; END;\n"));
        string Function(string name, string volatility) =>
            $"CREATE FUNCTION app.{name}(n int) RETURNS int LANGUAGE plpgsql {volatility} AS $code$ DECLARE done text := ''; BEGIN\n{body}  IF done <> '' THEN RAISE EXCEPTION 'attack succeeded %', done; END IF; RETURN 1; END $code$;\n";
        return "CREATE SCHEMA app;\n" + (connects ? "CREATE SCHEMA ext;\nCREATE EXTENSION dblink SCHEMA ext;\nCREATE EXTENSION postgres_fdw SCHEMA ext;\n" : "") + Function("attack", "IMMUTABLE") + Function("attack_now", "VOLATILE");
    }

    private static string Foreign(int port) =>
        $"CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname 'c'); CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'a', password 'b');"
        + " CREATE FOREIGN TABLE app.f (a int) SERVER s; SELECT * FROM app.f";

    // Plans may be made or refused; none may say that an attempt succeeded.
    private static async Task TryAsync(ManagedDatabase database, string what, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (LockplaneException refusal)
        {
            Assert.False($"{refusal.Message} {refusal.Detail}".Contains("attack succeeded", StringComparison.Ordinal), $"{what}: {refusal.Message}");
            Assert.Fail($"{what} did not come as far as to run: {refusal.Code} {refusal.Message} {refusal.Detail}");
        }

        Assert.True(await database.ReadAsSuperuserAsync<bool>("SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'lockplane\\_shadow\\_%')"));
    }

    private static async Task<string> RunAsSuperuserAsync(PostgresCluster cluster, string code)
    {
        await using NpgsqlConnection connection = new(await cluster.CreateDatabaseAsync());
        await connection.OpenAsync(Cancellation);
        string outcome = "";
        foreach (string sql in SqlScript.Split(new StatementReader(ManagedDatabase.Parser), code + "SELECT app.attack_now(1)").Value!.Statements.Select(s => s.Text))
        {
            try
            {
                await using NpgsqlCommand command = new(sql, connection);
                await command.ExecuteNonQueryAsync(Cancellation);
            }
            catch (PostgresException e)
            {
                outcome += e.MessageText;
            }
        }

        return outcome;
    }
}
