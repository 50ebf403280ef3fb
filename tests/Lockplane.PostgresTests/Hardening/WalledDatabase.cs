using System.Collections.Immutable;
using Lockplane.Control.Walls;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Npgsql;

namespace Lockplane.PostgresTests.Hardening;

/// <summary>A database under management with an application's role that has every right which it must not have.</summary>
internal sealed class WalledDatabase : IAsyncDisposable
{
    public const string Tables = """
        CREATE TABLE public.rows (id integer PRIMARY KEY, tenant text NOT NULL);
        ALTER TABLE public.rows ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON public.rows USING (tenant = (SELECT NULLIF(current_setting('app.tenant_id', true), '')));
        INSERT INTO public.rows VALUES (1, 'acme'), (2, 'globex');
        CREATE VIEW public.all_rows AS SELECT * FROM public.rows;
        CREATE VIEW public.above AS SELECT * FROM public.all_rows;
        CREATE FUNCTION public.counted() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.rows';
        GRANT CREATE ON SCHEMA public TO PUBLIC;
        """;

    private readonly PostgresCluster _cluster;
    private WalledDatabase(PostgresCluster cluster, ManagedDatabase managed, string role, string password) =>
        (_cluster, Managed, Role, Password, Walls) = (cluster, managed, role, password, new WallOptions { Roles = [role], ContextPrefix = "app.", Gateways = ["127.0.0.1/32"] });

    public ManagedDatabase Managed { get; }

    /// <summary>The application's role.</summary>
    public string Role { get; }

    public string Password { get; }

    public WallOptions Walls { get; init; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<WalledDatabase> CreateAsync(PostgresCluster cluster, string attributes = "BYPASSRLS REPLICATION CREATEDB", bool baseline = true)
    {
        ManagedDatabase managed = await ManagedDatabase.CreateAsync(cluster, "", baseline: false);
        await EachAsync(managed.ExecuteAsync, Tables);
        (string role, string password) = await cluster.CreateRoleAsync(attributes);
        await EachAsync(managed.ExecuteAsync, $"GRANT SELECT, INSERT, UPDATE ON public.rows, public.all_rows, public.above TO {role}; GRANT CREATE ON DATABASE {managed.Target.Database} TO {role}");
        if (attributes.Length > 0)
        {
            await EachAsync(managed.ExecuteAsSuperuserAsync, $"GRANT pg_read_all_data TO {role}; ALTER ROLE {role} SET app.tenant_id = 'acme'; ALTER ROLE {role} IN DATABASE {managed.Target.Database} SET client_encoding = 'latin1'");
        }

        if (baseline)
        {
            await managed.Control.BaselineAsync(managed.SuperuserUrl, managed.Owner, Cancellation);
        }

        return new WalledDatabase(cluster, managed, role, password);
    }

    public Task<WallReport> CheckAsync(string? administrator = null, WallOptions? walls = null) => Managed.Control.Hardening.CheckAsync(administrator ?? Managed.SuperuserUrl, walls ?? Walls, Cancellation);

    public async Task<HardenResult> BuildAsync(string? administrator = null, WallOptions? walls = null)
    {
        ImmutableArray<string> statements = (await CheckAsync(administrator, walls)).Statements;
        return await Managed.Control.Hardening.BuildAsync(administrator ?? Managed.SuperuserUrl, walls ?? Walls, statements, Cancellation);
    }

    /// <summary>Runs statements one by one.</summary>
    public static async Task EachAsync(Func<string, Task> run, string statements)
    {
        foreach (string statement in statements.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await run(statement);
        }
    }

    /// <summary>The SQLSTATE that a statement ends with when the role itself runs it on a connection of its own; empty when it works, and then it is rolled back.</summary>
    public async Task<string> AsRoleAsync(string sql)
    {
        try
        {
            await using NpgsqlConnection connection = await ConnectAsync();
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(Cancellation);
            await using NpgsqlCommand command = new(sql, connection);
            await command.ExecuteNonQueryAsync(Cancellation);
            return "";
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    public async Task<T?> ReadAsRoleAsync<T>(string sql, string? options = null)
    {
        await using NpgsqlConnection connection = await ConnectAsync(options);
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation) is T value ? value : default;
    }

    public async Task<NpgsqlConnection> ConnectAsync(string? options = null)
    {
        NpgsqlConnectionStringBuilder login = new(Managed.Superuser) { Username = Role, Password = Password, Options = options, Pooling = false };
        NpgsqlConnection connection = new(login.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    /// <summary>The names of the walls in a state, less the server's version and its pg_hba.conf, which are the test servers' own.</summary>
    public static IEnumerable<string> Names(WallReport report, WallState state) =>
        report.Findings.Where(finding => finding.State == state && finding.Wall is not ("server version" or "login")).Select(finding => finding.Wall);

    public async ValueTask DisposeAsync()
    {
        await Managed.DisposeAsync();
        await _cluster.ExecuteAsync($"DROP DATABASE {Managed.Target.Database} WITH (FORCE)");
        await EachAsync(sql => _cluster.ExecuteAsync(sql), $"DROP OWNED BY {Role}; DROP ROLE {Role}");
    }
}
