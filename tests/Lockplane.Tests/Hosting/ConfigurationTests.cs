using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Servers;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;

namespace Lockplane.Tests.Hosting;

public sealed class ConfigurationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lockplane-configuration-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Without_a_file_there_are_defaults()
    {
        LockplaneConfiguration configuration = ConfigurationLoader.Read(null, null, []);

        Assert.Equal(new GatewaySection("127.0.0.1", 6432, 1_000, 4_194_304), configuration.Gateway);
        Assert.Equal(new AuditSection(null, RefuseOnFailure: true), configuration.Audit);
        Assert.Null(configuration.Telemetry.Endpoint);
        Assert.Equal(new HttpSection("127.0.0.1", 6433), configuration.Http);
        Assert.Equal("four-eyes", configuration.Approval.Mode);
        Assert.Equal(TimeSpan.FromSeconds(2), configuration.PlanWait);
    }

    [Fact]
    public void Flags_win_over_the_environment_and_that_over_the_file()
    {
        const string File = "[gateway]\nport = 1\nmax_sessions = 1\nmax_statement_bytes = 2000\n";

        LockplaneConfiguration configuration = ConfigurationLoader.Read(
            File, "f.toml", [new("LOCKPLANE__GATEWAY__PORT", "2"), new("LOCKPLANE__GATEWAY__MAX_SESSIONS", "2")], [new("gateway.port", "3")]);

        Assert.Equal(new GatewaySection("127.0.0.1", 3, 2, 2000), configuration.Gateway);
    }

    [Fact]
    public void The_environment_changes_one_item_of_a_list()
    {
        const string File = "[[auth]]\nuser = \"a\"\nmethod = \"scram\"\n[[auth]]\nuser = \"b\"\nmethod = \"scram\"\n";

        LockplaneConfiguration configuration = ConfigurationLoader.Read(File, "f.toml", [new("LOCKPLANE__AUTH__1__USER", "c")]);

        Assert.Equal(["a", "c"], configuration.Auth.Select(rule => rule.User));
    }

    [Theory]
    [InlineData("[gateway]\nport = 1\nprot = 2\n", "f.toml, line 3: the key 'gateway.prot' is not known.", "Did you mean 'port'?")]
    [InlineData("[gatewy]\nport = 1\n", "f.toml, line 1: the key 'gatewy' is not known.", "Did you mean 'gateway'?")]
    [InlineData("[gateway]\nzzzzzzzz = \"x\"\n", "f.toml, line 2: the key 'gateway.zzzzzzzz' is not known.", "Known here: auth_file, drain_timeout, idle_timeout, listen, loops, max_gathered_bytes, max_sessions, max_sessions_per_address, max_sessions_per_database, max_sessions_per_role, max_statement_bytes, port, proxy_networks, query_timeout, startup_timeout, tag_application_name, tls_ca, tls_cert, tls_key, unix_socket.")]
    [InlineData("[gateway]\ntls_cart = \"x\"\n", "f.toml, line 2: the key 'gateway.tls_cart' is not known.", "Did you mean 'tls_cert'?")]
    [InlineData("[[identity]]\nuser = \"a\"\ntenant = \"b\"\ntenant_id = \"b\"\n", "f.toml, line 3: the key 'identity[0].tenant' is not known.", "Did you mean 'tenant_id'?")]
    public void An_unknown_key_is_refused_with_its_place_and_the_nearest_known_one(string text, string message, string hint)
    {
        LockplaneException error = Assert.Throws<LockplaneException>(() => ConfigurationLoader.Read(text, "f.toml", []));

        Assert.Same(ErrorCodes.Configuration, error.Code);
        Assert.Equal(message, error.Message);
        Assert.Equal(hint, error.Hint);
    }

    [Theory]
    [InlineData("[gateway]\nport = \"x\"\n", "f.toml, line 2: gateway.port is \"x\"; expected a whole number from 0 to 65535.")]
    [InlineData("[gateway]\nport = 70000\n", "f.toml, line 2: gateway.port is 70000; expected a whole number from 0 to 65535.")]
    [InlineData("[http]\nlisten = \"localhost\"\n", "f.toml, line 2: http.listen is \"localhost\"; expected an IP address.")]
    [InlineData("[gate]\nplan_wait = \"5\"\n", "f.toml, line 2: gate.plan_wait is \"5\"; expected a time with its unit, such as \"500ms\", \"5s\" or \"2m\".")]
    [InlineData("[approval]\nmode = \"two\"\n", "f.toml, line 2: approval.mode is \"two\"; expected one of four-eyes, owner.")]
    [InlineData("[approval]\nallow_noninteractive = 1\n", "f.toml, line 2: approval.allow_noninteractive is 1; expected true or false.")]
    [InlineData("gateway = 1\n", "f.toml, line 1: gateway is 1; expected a table [gateway].")]
    [InlineData("[scope]\nschemas = [1]\n", "f.toml, line 2: scope.schemas is 1; expected a list of texts.")]
    [InlineData("[databases.shop]\nurl = \"host=x password=hunter2\"\n", "f.toml, line 2: databases.shop.url is (secret); expected a URL that begins with postgresql://.")]
    [InlineData("[databases.shop]\nurl = \"env:NOT_SET\"\n", "databases.shop.url (f.toml, line 2): the environment variable NOT_SET is not set.")]
    [InlineData("[[auth]]\nmethod = \"ldap\"\n", "f.toml, line 2: auth[0].method is \"ldap\"; expected one of scram, md5, cert, jwt, oauth, trust.")]
    [InlineData("[[auth]]\nuser = \"a\"\n", "auth[0].method is missing; expected one of scram, md5, cert, jwt, oauth, trust.")]
    [InlineData("[[auth]]\nmethod = \"cert\"\nmap = \"x\"\n[maps.a]\nb = \"c\"\n", "f.toml, line 3: auth[0].map is \"x\"; expected the name of a [maps.NAME]: a.")]
    [InlineData("[maps.a]\nb = 1\n", "f.toml, line 2: maps.a.b is 1; expected a text or a list of texts.")]
    [InlineData("[server.main]\nlogin = \"secret\"\n", "server.main.secret is missing; expected file:/path of a userlist: lines of \"role\" \"password\".")]
    [InlineData("[server.main]\nsecret = \"hunter2\"\n", "f.toml, line 2: server.main.secret is (secret); expected file:/path or env:NAME.")]
    [InlineData("[server.main]\nsslmode = \"allow\"\n", "f.toml, line 2: server.main.sslmode is \"allow\"; expected one of disable, prefer, require, verify-ca, verify-full, direct.")]
    [InlineData("[server.main]\nlogin = \"pass-through\"\nauth_query = \"x\"\n", "server.main.auth_user is missing; expected the role that runs the auth query.")]
    [InlineData("[[auth]]\nmethod = \"jwt\"\nalgorithm = \"RS256\"\n", "auth[0].public_key is missing; expected either public_key or jwks for RS256.")]
    [InlineData("[[auth]]\nmethod = \"jwt\"\nalgorithm = \"none\"\n", "f.toml, line 3: auth[0].algorithm is \"none\"; expected one of HS256, RS256, ES256.")]
    [InlineData("[[auth]]\nmethod = \"scram\"\naddress = \"10.0.0\"\n", "f.toml, line 3: auth[0].address is \"10.0.0\"; expected a network such as \"10.0.0.0/8\".")]
    public void A_wrong_value_is_refused_with_its_place_its_key_and_what_was_expected(string text, string message)
    {
        LockplaneException error = Assert.Throws<LockplaneException>(() => ConfigurationLoader.Read(text, "f.toml", []));

        Assert.Same(ErrorCodes.Configuration, error.Code);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("[gateway]\nport =\n")]
    [InlineData("a = 1\na = 2\n")]
    public void Text_that_is_no_toml_is_refused_with_its_line(string text)
    {
        LockplaneException error = Assert.Throws<LockplaneException>(() => ConfigurationLoader.Read(text, "f.toml", []));

        Assert.StartsWith("f.toml, line 2: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_come_from_the_environment_and_from_closed_files()
    {
        string text = $"""
            [[auth]]
            method = "jwt"
            issuer = "i"
            audience = "a"
            key = "file:{WriteSecret("key", new string('k', 32) + "\n")}"
            [databases.shop]
            url = "env:SHOP_URL"
            """;

        LockplaneConfiguration configuration = ConfigurationLoader.Read(text, "f.toml", [new("SHOP_URL", "postgresql://u:p@h/d")]);

        Assert.Equal(AuthMethod.Jwt, Assert.Single(configuration.Auth).Method);
        Assert.Equal(32, configuration.Auth[0].Jwt!.Key.Length);
        Assert.Equal("postgresql://u:p@h/d", configuration.Databases["shop"].ApplyUrl);
    }

    [Fact]
    public void A_secret_in_a_file_that_others_can_read_is_refused()
    {
        string file = WriteSecret("url", "postgresql://u:p@h/d");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        LockplaneException error = Assert.Throws<LockplaneException>(() => ConfigurationLoader.Read($"[databases.shop]\nurl = \"file:{file}\"\n", "f.toml", []));

        Assert.Equal($"databases.shop.url (f.toml, line 2): the file {file} is open to other accounts.", error.Message);
        Assert.Equal($"chmod 600 {file}", error.Hint);
    }

    [Fact]
    public void Printed_and_read_again_it_is_the_same_and_holds_no_secret()
    {
        const string Text = """
            [[auth]]
            method = "jwt"
            issuer = "i"
            audience = "a"
            key = "a key that is a secret, of 40 characters"
            [databases.shop]
            url = "postgresql://user:hunter2@host:5432/shop?password=hunter2&sslmode=disable"
            """;

        string printed = ConfigurationLoader.Read(Text, "f.toml", []).ToString();

        Assert.DoesNotContain("hunter2", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("a key that is", printed, StringComparison.Ordinal);
        Assert.Contains("url = \"postgresql://user:***@host:5432/shop?password=***&sslmode=disable\"", printed, StringComparison.Ordinal);
        Assert.Contains("[gateway]\nlisten = \"127.0.0.1\"\nport = 6432\n", printed, StringComparison.Ordinal);
        string again = printed.Replace("\"***\"", "\"" + new string('*', 32) + "\"", StringComparison.Ordinal);
        Assert.Equal(printed, ConfigurationLoader.Read(again, "f.toml", []).ToString());
    }

    [Fact]
    public void The_example_file_has_every_key_with_its_default()
    {
        string text = File.ReadAllText(Path.Combine(Dev.Checkout.Find()!, "lockplane.example.toml")).Replace("/etc/lockplane/userlist.txt", WriteSecret("userlist.txt", "\"a\" \"b\"\n"), StringComparison.Ordinal)
            .Replace("/etc/lockplane/clients.txt", WriteSecret("clients.txt", "\"a\" \"b\"\n"), StringComparison.Ordinal);
        KeyValuePair<string, string>[] secrets =
        [
            new("LOCKPLANE_JWT_KEY", new string('k', 32)), new("LOCKPLANE_URL", "postgresql://u@h/d"), new("LOCKPLANE_APPLY_URL", "postgresql://u@h/d"), new("LOCKPLANE_SHADOW_URL", "postgresql://u@h/d"),
            new("LOCKPLANE_OTLP_HEADERS", "a=b"),
            new("LOCKPLANE_CONTEXT_KEY", new string('c', 32)),
            new("LOCKPLANE_AUTH_SECRET", "secret of the auth user"),
        ];

        LockplaneConfiguration example = ConfigurationLoader.Read(text, "lockplane.example.toml", secrets);

        LockplaneConfiguration defaults = ConfigurationLoader.Read(null, null, []);
        Assert.Equal(defaults.StateDirectory, example.StateDirectory);
        Assert.Equal(defaults.Gateway, example.Gateway with { UnixSocket = null, Tls = new(), AuthFile = null });
        Assert.True(example.Audit.RefuseOnFailure);
        Assert.Equal(defaults.Telemetry, example.Telemetry with { Endpoint = null, Headers = null });
        example.ToGatewayOptions();
        Assert.Equal(defaults.PlanWait, example.PlanWait);
        Assert.Equal(defaults.Walls with { Key = example.Walls.Key, DdlRoles = example.Walls.DdlRoles, Gateways = example.Walls.Gateways }, example.Walls);
        Assert.Equal(defaults.Approval, example.Approval);
        Assert.Equal(defaults.Apply, example.Apply);
        Assert.Equal(defaults.Http, example.Http);
        IEnumerable<string> written = text.Split('\n').Select(line => line.Split('#')[0].Split('=')[0].Trim());
        IEnumerable<string> known = example.ToString().Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)).Select(line => line.Split('=')[0].Trim());
        Assert.Empty(known.Except(written));
    }

    [Fact]
    public void Logins_are_read_with_their_servers_maps_and_keys()
    {
        const string Text = """
            [gateway]
            auth_file = "env:CLIENTS"
            [server.main]
            host = "db.example.com"
            sslmode = "verify-full"
            login = "pass-through"
            auth_user = "reader"
            auth_secret = "env:READER"
            [maps.staff]
            "ann" = "app"
            "bob" = ["app", "ops"]
            [[auth]]
            method = "oauth"
            issuer = "https://i"
            audience = "a"
            algorithm = "ES256"
            jwks = "https://i/keys"
            map = "staff"
            token_grace = "90s"
            """;

        LockplaneConfiguration configuration = ConfigurationLoader.Read(Text, "f.toml", [new("CLIENTS", "\"app\" \"hunter2\""), new("READER", "hunter3")]);

        ServerOptions server = configuration.Servers["main"].Options;
        Assert.Equal((ServerSslMode.VerifyFull, ServerLoginMethod.PassThrough, "reader", "hunter3"), (server.SslMode, server.Login, server.AuthQuery!.User, server.AuthQuery.Secret));
        AuthRule rule = Assert.Single(configuration.Auth);
        Assert.Equal((TokenAlgorithm.ES256, new Uri("https://i/keys")), (rule.Jwt!.Algorithm, rule.Jwt.JwksUrl));
        Assert.Equal(TimeSpan.FromSeconds(90), rule.Jwt.TokenGrace);
        Assert.True(rule.Map!.Allows("bob", "ops"));
        Assert.False(rule.Map.Allows("ann", "ops"));
        Assert.Equal(1, configuration.Gateway.AuthFile!.Count);
        string printed = configuration.ToString();
        Assert.DoesNotContain("hunter", printed, StringComparison.Ordinal);
        Assert.Contains("[maps.staff]\n\"ann\" = [\"app\"]\n\"bob\" = [\"app\", \"ops\"]\n", printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("login = \"pass-through\"", "method = \"jwt\"\nissuer = \"i\"\naudience = \"a\"\nkey = \"0123456789abcdef0123456789abcdef\"", "server.main.login")]
    [InlineData("login = \"pass-through\"", "method = \"trust\"", "server.main.login")]
    [InlineData("login = \"pass-through\"", "method = \"scram\"", "gateway.auth_file")]
    [InlineData("login = \"certificate\"", "method = \"trust\"", "server.main.tls_cert")]
    [InlineData("login = \"certificate\"\ntls_cert = \"c\"\ntls_key = \"k\"", "method = \"trust\"", "server.main.sslmode")]
    [InlineData("login = \"certificate\"\ntls_cert = \"c\"\ntls_key = \"k\"\nsslmode = \"disable\"", "method = \"trust\"", "server.main.sslmode")]
    [InlineData("login = \"certificate\"\ntls_cert = \"c\"", "method = \"trust\"", "server.main.tls_key")]
    [InlineData("login = \"pass-through\"\nauth_user = \"reader\"", "method = \"scram\"", "server.main.auth_secret")]
    [InlineData("login = \"pass-through\"\nauth_user = \"reader\"\nauth_secret = \"s\"\nauth_query = \"select 1\"", "method = \"scram\"", "server.main.auth_query")]
    [InlineData("login = \"pass-through\"\nhost = \"/run\"\nsslmode = \"require\"", "method = \"scram\"", "server.main.sslmode")]
    [InlineData("login = \"pass-through\"\nsslmode = \"verify-ca\"", "method = \"scram\"", "server.main.tls_ca")]
    [InlineData("secret = \"env:LIST\"", "method = \"cert\"", "auth.method")]
    [InlineData("secret = \"env:LIST\"", "method = \"scram\"\ntype = \"hostssl\"", "auth.type")]
    [InlineData("secret = \"env:LIST\"", "method = \"trust\"\naddress = \"10.0.0.0/8\"", "auth.address")]
    [InlineData("secret = \"env:LIST\"", "method = \"trust\"\ntype = \"local\"", "auth.type")]
    [InlineData("secret = \"env:LIST\"", "method = \"trust\"\ntype = \"local\"\naddress = \"127.0.0.0/8\"", "auth.address")]
    [InlineData("secret = \"env:LIST\"", "method = \"jwt\"\nissuer = \"i\"\naudience = \"a\"\nalgorithm = \"RS256\"\njwks = \"http://i/keys\"", "auth.jwks")]
    public void Logins_that_cannot_work_are_refused(string server, string rule, string key)
    {
        LockplaneConfiguration configuration = ConfigurationLoader.Read($"[server.main]\n{server}\n[[auth]]\n{rule}\n", "f.toml", [new("LIST", "\"a\" \"b\"")]);

        LockplaneException error = Assert.Throws<LockplaneException>(() => configuration.ToGatewayOptions());

        Assert.Same(ErrorCodes.Configuration, error.Code);
        Assert.StartsWith(key + " is ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_images_configuration_is_valid()
    {
        string text = File.ReadAllText(Path.Combine(Dev.Checkout.Find()!, "docker", "lockplane.toml")).Replace("/run/lockplane/userlist.txt", WriteSecret("userlist.txt", "\"app\" \"b\"\n"), StringComparison.Ordinal);

        LockplaneConfiguration configuration = ConfigurationLoader.Read(text, "lockplane.toml", [new("LOCKPLANE_URL", "postgresql://u@h/d"), new("LOCKPLANE_SHADOW_URL", "postgresql://u@h/d")]);

        Assert.Equal("0.0.0.0", configuration.ToGatewayOptions().Listen);
    }

    private string WriteSecret(string name, string text)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
