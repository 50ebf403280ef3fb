using Lockplane.Control;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Walls;
using Lockplane.Dev;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Dev;

/// <summary>A server with the sample database, for all tests of the class.</summary>
public sealed class SampleServer : IAsyncLifetime
{
    internal const string SuperuserPassword = "superuser";

    private readonly string _directory = TestDirectory.Create();

    internal EmbeddedPostgres Postgres { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Postgres = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(PostgresBinaries.Find(18), _directory, FreePort.Find(), SuperuserPassword, Durable: false), _ => { }, TestContext.Current.CancellationToken);
        await SampleDatabase.CreateAsync(Postgres, Password, _ => { }, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    internal static string Password(string role) => role == "postgres" ? SuperuserPassword : $"password of {role}";
}

/// <summary>The sample database past the gateway: what its own walls hold.</summary>
public sealed class SampleDatabaseTests(SampleServer server) : IClassFixture<SampleServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("acme", "Harbour Books,North Street School,Tower Print Works")]
    [InlineData("globex", "Allotment Society,Castle Park")]
    [InlineData("", null)]
    public async Task A_session_sees_its_tenants_rows_only(string tenant, string? customers)
    {
        string? seen = await ReadAsync("app_acme", "SELECT string_agg(name, ',' ORDER BY name) FROM customers", options: $"-c app.tenant_id={tenant}");

        Assert.Equal(customers, seen);
    }

    [Theory]
    [InlineData("acme-admin", "open orders")]
    [InlineData("globex-admin", "this year")]
    [InlineData("", null)]
    public async Task A_session_sees_its_users_rows_only(string user, string? filters)
    {
        Assert.Equal(filters, await ReadAsync("app_globex", "SELECT string_agg(name, ',') FROM saved_filters", options: $"-c app.user_id={user}"));
    }

    [Theory]
    [InlineData("SELECT set_config('app.tenant_id', 'globex', false)")]
    [InlineData("SELECT query_to_xml('SELECT set_config(''app.tenant_id'', ''globex'', false)', true, true, '')::text")]
    [InlineData("CREATE TABLE t (a int)")]
    [InlineData("CREATE TEMP TABLE t (a int)")]
    [InlineData("ALTER TABLE customers DISABLE ROW LEVEL SECURITY")]
    [InlineData("UPDATE tenants SET name = name")]
    public async Task The_applications_roles_cannot(string sql)
    {
        PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => ReadAsync("app_acme", sql));

        Assert.Equal("42501", error.SqlState);
    }

    [Fact]
    public async Task An_order_cannot_name_another_tenants_customer()
    {
        PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => ReadAsync(
            "app_acme", "INSERT INTO orders (customer_id) VALUES (4) RETURNING status", options: "-c app.tenant_id=acme"));

        Assert.Equal("23503", error.SqlState);
    }

    [Fact]
    public async Task Roles_have_the_rights_of_their_work_and_no_more()
    {
        const string Sql = """
            SELECT string_agg(concat_ws(' ', rolname, CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolcreaterole THEN 'createrole' END,
                CASE WHEN rolsuper OR rolbypassrls OR rolreplication THEN 'too much' END), ', ' ORDER BY rolname)
            FROM pg_roles WHERE rolcanlogin AND rolname <> 'postgres'
            """;

        Assert.Equal("app_acme, app_globex, app_token, lockplane_shadow createdb createrole, shop_owner", await ReadAsync("shop_owner", Sql));
    }

    [Theory]
    [InlineData("lockplane_shadow", "shop")]
    [InlineData("app_acme", "postgres")]
    [InlineData("app_acme", "template1")]
    public async Task A_role_connects_only_where_it_works(string role, string database)
    {
        PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => ReadAsync(role, "SELECT 1", database));

        Assert.Equal("42501", error.SqlState);
    }

    [Fact]
    public async Task Making_it_again_changes_nothing()
    {
        await SampleDatabase.CreateAsync(server.Postgres, _ => throw new InvalidOperationException("a password was asked for"), _ => { }, Cancellation);

        Assert.Equal("5", (await ReadAsync("postgres", "SELECT count(*) FROM customers"))?.ToString());
    }

    [Fact]
    public async Task Its_walls_stand_but_for_what_is_the_servers_and_the_guard_which_harden_builds()
    {
        string directory = TestDirectory.Create();
        try
        {
            string Url(string role) => $"postgresql://{role}:{Uri.EscapeDataString(SampleServer.Password(role))}@127.0.0.1:{server.Postgres.Port}/{SampleDatabase.Name}";
            await using Target target = new(Url(SampleDatabase.Owner));
            using SigningKey key = SigningKey.LoadOrCreate(Path.Combine(directory, "ledger.key"));
            WallOptions walls = new() { ContextPrefix = "app.", Roles = [.. SampleDatabase.ApplicationRoles], Gateways = ["127.0.0.1/32"] };

            WallReport report = await new Lockplane.Control.Walls.Hardening(target, key, new ControlOptions()).CheckAsync(Url("postgres"), walls, Cancellation);

            Assert.Equal(["server version", "login", "ddl guard"], report.Findings.Where(finding => finding.State == WallState.Missing).Select(finding => finding.Wall).Distinct());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<string?> ReadAsync(string role, string sql, string database = SampleDatabase.Name, string? options = null)
    {
        NpgsqlConnectionStringBuilder login = new(server.Postgres.ConnectionString(role, SampleServer.Password(role), database)) { Pooling = false, Options = options };
        await using NpgsqlConnection connection = new(login.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using NpgsqlCommand command = new(sql, connection);
        object? result = await command.ExecuteScalarAsync(Cancellation);
        return result is null or DBNull ? null : result.ToString();
    }
}
