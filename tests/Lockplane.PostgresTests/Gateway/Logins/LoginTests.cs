using System.Net;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Gateway.Servers;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Scripted;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Logins;

/// <summary>Logins without TLS, against a real server.</summary>
public sealed class LoginTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Passes clients' proofs through, with verifiers that the superuser reads.</summary>
    private static GatewayOptions PassThrough(GatewayOptions options, PostgresCluster cluster, string? query = null, string? database = null) => options with
    {
        Users = Userlist.Empty,
        Server = options.Server with
        {
            Users = Userlist.Empty, Login = ServerLoginMethod.PassThrough,
            AuthQuery = new AuthQueryOptions { User = "postgres", Secret = cluster.Password, Text = query ?? AuthQueryOptions.DefaultText, Database = database },
        },
    };

    private static async Task<string> RefusedAsync(GatewayOfTest gateway, string? password = null) =>
        (await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using NpgsqlConnection connection = new(gateway.ConnectionString(password));
            await connection.OpenAsync(Cancellation);
        })).SqlState;

    private static async Task<string> WhoAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("SELECT current_user || ' ' || current_setting('app.tenant_id')", connection);
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_clients_proof_is_passed_through_and_no_password_is_configured(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster));
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        Assert.Equal($"{gateway.Role} acme", await WhoAsync(connection));
        Assert.Equal(SqlState.InvalidPassword, await RefusedAsync(gateway, "wrong"));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task What_the_catalog_says_of_a_role_is_honoured(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        foreach ((string change, string sqlState) in new[]
        {
            ("VALID UNTIL '2020-01-01'", SqlState.InvalidPassword), ("NOLOGIN", SqlState.InvalidAuthorization), ("CONNECTION LIMIT 0", SqlState.TooManyConnections), ("PASSWORD NULL", SqlState.InvalidPassword),
        })
        {
            await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster));
            await cluster.ExecuteAsync($"ALTER ROLE \"{gateway.Role}\" {change}");
            Assert.Equal(sqlState, await RefusedAsync(gateway));
            Assert.Equal(SqlState.InvalidPassword, await RefusedAsync(gateway, "wrong"));
        }
    }

    [Fact]
    public async Task A_changed_password_counts_after_one_failed_attempt_at_the_latest()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster));
        await (await gateway.ConnectAsync()).DisposeAsync();
        await cluster.ExecuteAsync($"ALTER ROLE \"{gateway.Role}\" PASSWORD 'renewed'");
        try
        {
            await using NpgsqlConnection early = new(gateway.ConnectionString("renewed"));
            await early.OpenAsync(Cancellation);
        }
        catch (PostgresException refused)
        {
            Assert.Equal(SqlState.InvalidPassword, refused.SqlState);
        }

        await using NpgsqlConnection connection = new(gateway.ConnectionString("renewed"));
        await connection.OpenAsync(Cancellation);
        Assert.Equal($"{gateway.Role} acme", await WhoAsync(connection));
    }

    [Fact]
    public async Task The_auth_query_survives_the_loss_of_its_connection()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster));
        Assert.Equal(SqlState.InvalidPassword, await RefusedAsync(gateway, "wrong"));
        await cluster.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lockplane auth_query'");
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        Assert.Equal($"{gateway.Role} acme", await WhoAsync(connection));
    }

    /// <summary>CVE-2025-12819: a relation that shadows the catalog, and a client that asks for it first, change nothing.</summary>
    [Fact]
    public async Task What_a_client_sets_and_what_others_create_does_not_reach_the_auth_query()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        string admin = await cluster.CreateDatabaseAsync();
        string database = new NpgsqlConnectionStringBuilder(admin).Database!;
        string verifier = $"SCRAM-SHA-256$4096:{Convert.ToBase64String(new byte[16])}${Stored("planted", out string serverKey)}:{serverKey}";
        await cluster.ExecuteAsync($"CREATE TABLE public.pg_authid AS SELECT rolname, '{verifier}'::text AS rolpassword, true AS rolcanlogin, null::timestamptz AS rolvaliduntil, -1 AS rolconnlimit FROM pg_roles", admin);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster, database: database));
        using ScriptedClient client = await ScriptedClient.OpenAsync(gateway.Server.Port, Cancellation);
        await client.LogInAsync("planted", ScriptedClient.Startup(ProtocolVersion.V30, "user", gateway.Role, "database", gateway.Database, "search_path", "public, pg_catalog"), Cancellation);
        Assert.Contains("C28P01", client.Refusal!.Body, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_role_that_may_only_call_a_function_suffices_for_the_auth_query(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        (string reader, string password) = await cluster.CreateRoleAsync();
        string admin = await cluster.CreateDatabaseAsync();
        await cluster.ExecuteAsync("CREATE FUNCTION public.lockplane_auth(name) RETURNS TABLE(name name, secret text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog "
            + "AS 'SELECT rolname, rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1 AND NOT rolsuper'", admin);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options =>
        {
            GatewayOptions passing = PassThrough(options, cluster);
            return passing with
            {
                Server = passing.Server with
                {
                    AuthQuery = new AuthQueryOptions { User = reader, Secret = password, Text = "SELECT name, secret FROM public.lockplane_auth($1)", Database = new NpgsqlConnectionStringBuilder(admin).Database },
                },
            };
        });
        await using NpgsqlConnection connection = await gateway.ConnectAsync();
        Assert.Equal($"{gateway.Role} acme", await WhoAsync(connection));
    }

    [Fact]
    public async Task An_auth_query_that_fails_lets_nobody_in()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster, "SELECT rolname, rolpassword FROM pg_catalog.absent WHERE rolname = $1"));
        Assert.Equal(SqlState.CannotConnectNow, await RefusedAsync(gateway));
        await using GatewayOfTest many = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster, "SELECT rolname, rolpassword FROM pg_catalog.pg_authid WHERE $1 IS NOT NULL"));
        Assert.Equal(SqlState.CannotConnectNow, await RefusedAsync(many));
        await using GatewayOfTest another = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster, "SELECT 'x', rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1"));
        Assert.Equal(SqlState.InvalidPassword, await RefusedAsync(another));
    }

    [Fact]
    public async Task Many_logins_at_once_are_one_query_each_role()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => PassThrough(options, cluster));
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await using NpgsqlConnection connection = await gateway.ConnectAsync();
            return await WhoAsync(connection);
        }));
        Assert.All(answers, answer => Assert.Equal($"{gateway.Role} acme", answer));
    }

    [Fact]
    public async Task Md5_and_trust_log_in_where_the_rule_says_so()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using GatewayOfTest md5 = await GatewayOfTest.StartAsync(cluster, options => options with { Auth = [new AuthRule { Method = AuthMethod.Md5 }] });
        await using NpgsqlConnection connection = await md5.ConnectAsync();
        Assert.Equal($"{md5.Role} acme", await WhoAsync(connection));
        Assert.Equal(SqlState.InvalidPassword, await RefusedAsync(md5, "wrong"));

        await using GatewayOfTest trust = await GatewayOfTest.StartAsync(cluster, options => options with { Auth = [new AuthRule { Method = AuthMethod.Trust }] });
        await using NpgsqlConnection trusted = new(trust.ConnectionString("whatever"));
        await trusted.OpenAsync(Cancellation);
        Assert.Equal($"{trust.Role} acme", await WhoAsync(trusted));
    }

    [Fact]
    public async Task Tokens_are_checked_by_a_key_set_that_is_fetched()
    {
        using RSA key = RSA.Create(2048);
        await using KeySetServer issuer = new(key);
        PostgresCluster cluster = await clusters.GetAsync(18);
        JwtOptions tokens = new() { Issuer = "https://issuer", Audience = "lockplane", Algorithm = TokenAlgorithm.RS256, JwksUrl = issuer.Url };
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with { Auth = [new AuthRule { Method = AuthMethod.Jwt, Jwt = tokens }] });
        await using NpgsqlConnection connection = new(gateway.ConnectionString(issuer.Token(gateway.Role)));
        await connection.OpenAsync(Cancellation);
        Assert.Equal($"{gateway.Role} acme", await WhoAsync(connection));
        Assert.Equal(SqlState.InvalidAuthorization, await RefusedAsync(gateway, issuer.Token("postgres")));
        Assert.Equal(SqlState.InvalidAuthorization, await RefusedAsync(gateway, issuer.Token(gateway.Role, kid: "another")));
        Assert.Equal(1, issuer.Asked);
    }

    [Fact]
    public async Task OAuth_logs_in_with_a_bearer_token_and_challenges_without()
    {
        using RSA key = RSA.Create(2048);
        await using KeySetServer issuer = new(key);
        PostgresCluster cluster = await clusters.GetAsync(18);
        JwtOptions tokens = new() { Issuer = "https://issuer", Audience = "lockplane", Algorithm = TokenAlgorithm.RS256, JwksUrl = issuer.Url, Scope = "openid" };
        await using GatewayOfTest gateway = await GatewayOfTest.StartAsync(cluster, options => options with { Auth = [new AuthRule { Method = AuthMethod.OAuth, Jwt = tokens }] });

        using ScriptedClient good = await BearerAsync(gateway, OAuthBearerMessage.WriteToken(issuer.Token(gateway.Role)));
        Assert.Equal(new ScriptedMessage('R', "\0\0\0\0"), await good.Stream.ReadAsync(Cancellation));

        using ScriptedClient none = await BearerAsync(gateway, "n,,\u0001auth=\u0001\u0001");
        ScriptedMessage? challenge = await none.Stream.ReadAsync(Cancellation);
        Assert.Equal("\0\0\0\u000b{\"status\":\"invalid_token\",\"openid-configuration\":\"https://issuer/.well-known/openid-configuration\",\"scope\":\"openid\"}", challenge!.Body);
        none.Stream.Write('p', "\u0001");
        await none.Stream.FlushAsync(Cancellation);
        ScriptedMessage? refusal = await none.Stream.ReadAsync(Cancellation);
        Assert.Equal('E', refusal!.Type);
        Assert.Contains("C28000\0", refusal.Body, StringComparison.Ordinal);
    }

    private static async Task<ScriptedClient> BearerAsync(GatewayOfTest gateway, string message)
    {
        ScriptedClient client = await ScriptedClient.OpenAsync(gateway.Server.Port, Cancellation);
        client.Stream.Write(ScriptedClient.Startup(ProtocolVersion.V30, "user", gateway.Role, "database", gateway.Database));
        await client.Stream.FlushAsync(Cancellation);
        Assert.Equal(new ScriptedMessage('R', "\0\0\0\u000aOAUTHBEARER\0\0"), await client.Stream.ReadAsync(Cancellation));
        byte[] length = BitConverter.GetBytes(IPAddress.HostToNetworkOrder(message.Length));
        client.Stream.Write('p', [.. "OAUTHBEARER\0"u8, .. length, .. Encoding.Latin1.GetBytes(message)]);
        await client.Stream.FlushAsync(Cancellation);
        return client;
    }

    private static string Stored(string password, out string serverKey)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, new byte[16], 4096, HashAlgorithmName.SHA256, 32);
        serverKey = Convert.ToBase64String(HMACSHA256.HashData(salted, "Server Key"u8));
        return Convert.ToBase64String(SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8)));
    }
}
