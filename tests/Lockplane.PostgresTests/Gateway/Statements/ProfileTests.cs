using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Scripted;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Statements;

/// <summary>Sessions under each profile, with the real gate before a real server.</summary>
public sealed class ProfileTests(TestClusters clusters)
{
    private static readonly StatementGates Gates = new(new PgQueryParser(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery") }), 4 << 20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Passthrough_judges_nothing_and_carries_no_context(int major)
    {
        await using GatewayOfTest gateway = await StartAsync(major, options => Ruled(options, ProfileKind.Passthrough) with { Identity = [] });
        await using NpgsqlConnection connection = await gateway.ConnectAsync();

        Assert.Equal("", await ScalarAsync(connection, "SELECT current_setting('app.tenant_id', true)") as string ?? "");
        await ScalarAsync(connection, "DO $$ begin perform 1; end $$");
        await ScalarAsync(connection, "CREATE SCHEMA passed CREATE TABLE t (a int)");
        await ScalarAsync(connection, "SET client_encoding = 'SQL_ASCII'");
        Assert.Equal("SQL_ASCII", await ScalarAsync(connection, "SHOW client_encoding"));
        using ScriptedClient client = await gateway.LogInAsync();

        // FunctionCall of pg_backend_pid (2026), no arguments, text result.
        List<ScriptedMessage> answers = await client.Frame('F', "\0\0\u0007\u00EA\0\0\0\0\0\0").AskAsync(1, Cancellation);

        Assert.Equal("VZ", string.Concat(answers.Select(answer => answer.Type)));
    }

    [Fact]
    public async Task A_role_with_a_tenant_cannot_have_profile_passthrough()
    {
        await using GatewayOfTest gateway = await StartAsync(18, options => Ruled(options, ProfileKind.Passthrough));

        PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(gateway.ConnectAsync);

        Assert.Equal("28000", refusal.SqlState);
        Assert.Contains("passthrough", refusal.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_context_cannot_be_given_at_start_up_under_any_profile()
    {
        foreach (ProfileKind kind in Enum.GetValues<ProfileKind>())
        {
            await using GatewayOfTest gateway = await StartAsync(18, options => Ruled(options, kind) with { Identity = kind == ProfileKind.Passthrough ? [] : options.Identity });
            NpgsqlConnectionStringBuilder login = new(gateway.ConnectionString()) { Options = "-c app.tenant_id=globex" };
            await using NpgsqlConnection connection = new(login.ConnectionString);

            Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancellation))).SqlState);
        }
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task An_observer_needs_no_identity_and_the_server_would_not_let_it_write_either(int major)
    {
        await using GatewayOfTest gateway = await StartAsync(major, options => Ruled(options, ProfileKind.Observer) with { Identity = [] });
        await using NpgsqlConnection connection = await gateway.ConnectAsync();

        Assert.Equal("on", await ScalarAsync(connection, "SHOW transaction_read_only"));
        Assert.Equal("LP310", (await RefusedAsync(connection, "INSERT INTO nowhere VALUES (1)")).SqlState);
        Assert.Equal("LP312", (await RefusedAsync(connection, "SET transaction_read_only = off")).SqlState);
        Assert.Equal("LP301", (await RefusedAsync(connection, "CREATE TABLE t (a int)")).SqlState);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Mode_observe_runs_what_the_lists_refuse_and_guards_the_context(int major)
    {
        await using GatewayOfTest gateway = await StartAsync(major, options => options with { Profiles = [new ProfileRule { Mode = ProfileMode.Observe }] });
        await using NpgsqlConnection connection = await gateway.ConnectAsync();

        await ScalarAsync(connection, "SET work_mem = '7MB'");
        Assert.Equal("7MB", await ScalarAsync(connection, "SHOW work_mem"));
        Assert.Equal("42501", (await RefusedAsync(connection, "SET work_mem = '8MB'; SET app.tenant_id = 'globex'")).SqlState);
        Assert.Equal("LP311", (await RefusedAsync(connection, "SELECT query_to_xml('select set_config(''app.tenant_id'', ''globex'', false)', true, true, '')")).SqlState);
        Assert.Equal("acme", await ScalarAsync(connection, "SELECT current_setting('app.tenant_id')"));
        Assert.Equal("7MB", await ScalarAsync(connection, "SHOW work_mem"));
    }

    [Fact]
    public async Task The_profile_goes_by_the_database_at_the_server_and_not_by_the_one_that_the_client_names()
    {
        await using GatewayOfTest gateway = await StartAsync(18, options => options with
        {
            Server = options.Server with { Database = "postgres" },
            Profiles = [new ProfileRule { Kind = ProfileKind.Passthrough, Database = "elsewhere", User = options.Identity[0].User }],
        });
        await using NpgsqlConnection connection = new(gateway.ConnectionString(database: "elsewhere"));
        await connection.OpenAsync(Cancellation);

        Assert.Equal("application", Assert.Single(gateway.Server.Sessions).Profile);
        Assert.Equal("42501", (await RefusedAsync(connection, "SET app.tenant_id = 'globex'")).SqlState);
    }

    private Task<GatewayOfTest> StartAsync(int major, Func<GatewayOptions, GatewayOptions> configure) => StartAsync(clusters.GetAsync(major), configure);

    private static async Task<GatewayOfTest> StartAsync(Task<PostgresCluster> cluster, Func<GatewayOptions, GatewayOptions> configure) => await GatewayOfTest.StartAsync(await cluster, configure, Gates);

    private static GatewayOptions Ruled(GatewayOptions options, ProfileKind kind) => options with { Profiles = [new ProfileRule { Kind = kind, User = options.Identity[0].User }] };

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection) { AllResultTypesAreUnknown = true };
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static Task<PostgresException> RefusedAsync(NpgsqlConnection connection, string sql) => Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, sql));
}
