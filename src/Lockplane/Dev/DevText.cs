using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Hosting.Configuration;

namespace Lockplane.Dev;

/// <summary>What <c>lockplane dev</c> writes: its configuration, and the text that greets the person who started it.</summary>
internal static class DevText
{
    /// <summary>The configuration for the sample database.</summary>
    public static string SampleConfiguration(DevState state, EmbeddedPostgres server, LockplaneConfiguration ports) => $$"""
        # Written by `lockplane dev` at every start. For a configuration of your own see lockplane.example.toml.
        {{Common(state, ports)}}
        [server.main]
        host = "127.0.0.1"
        port = {{server.Port}}
        database = "{{SampleDatabase.Name}}"
        secret = "file:{{state.Secrets.UserlistPath}}"

        [[auth]]
        user = "{{SampleDatabase.TokenRole}}"
        method = "jwt"
        issuer = "{{DevToken.Issuer}}"
        audience = "{{DevToken.Audience}}"
        key = "file:{{state.Secrets.PathOf("jwt-key")}}"

        [[auth]]
        database = "{{SampleDatabase.Name}}"
        method = "scram"

        [[identity]]
        user = "app_acme"
        tenant_id = "acme"
        user_id = "acme-admin"

        [[identity]]
        user = "app_globex"
        tenant_id = "globex"
        user_id = "globex-admin"

        [[identity]]
        user = "{{SampleDatabase.TokenRole}}"
        claims = { "app.tenant_id" = "tid", "app.user_id" = "sub" }

        [databases.{{SampleDatabase.Name}}]
        url = "{{Url(state, server.Port, SampleDatabase.Owner, SampleDatabase.Name)}}"
        shadow_url = "{{Url(state, server.Port, SampleDatabase.Shadow, "postgres")}}"

        """ + Token(state, SampleDatabase.Name);

    /// <summary>The configuration for a server that somebody else runs: the control plane's side. The gateway knows no login of it.</summary>
    public static string ServerConfiguration(DevState state, string url, string host, int port, LockplaneConfiguration ports) => $"""
        # Written by `lockplane dev --db` at every start. For a configuration of your own see lockplane.example.toml.
        {Common(state, ports)}
        [server.main]
        host = "{host}"
        port = {port}
        secret = "file:{state.Secrets.UserlistPath}"

        [databases.main]
        url = "{url}"

        """ + Token(state, "main");

    /// <summary>The text for the sample database.</summary>
    public static string Welcome(DevState state, EmbeddedPostgres server, LockplaneConfiguration configuration)
    {
        int gateway = configuration.Gateway.Port;
        string acme = Url(state, gateway, "app_acme", SampleDatabase.Name);
        string token = DevToken.Create(state.Secrets.Get("jwt-key"), SampleDatabase.TokenRole, "acme", "acme-admin");
        return $"""

            Lockplane runs.

            Through the gateway, as the application (the row level security context comes from the login):
              tenant acme     {acme}
              tenant globex   {Url(state, gateway, "app_globex", SampleDatabase.Name)}
              by token, acme  postgresql://{SampleDatabase.TokenRole}:{token}@127.0.0.1:{gateway}/{SampleDatabase.Name}
                              (a JSON Web Token in the password, good for {DevToken.Lifetime.TotalHours} hours)
            Past the gateway, as the owner of the tables:
              {Url(state, server.Port, SampleDatabase.Owner, SampleDatabase.Name)}

            Enforced at the gateway:
              - app.tenant_id and app.user_id come from the login; to set or reset them is refused (42501)
              - statements that change the schema are refused (LP301); the hint names the plan that was made of them
              - a login that no rule maps to a tenant is refused

            {Mcp(state, configuration)}
            Try:
              psql '{acme}'
                SELECT name, city FROM customers;          -- acme's only
                SET app.tenant_id = 'globex';              -- refused
                CREATE TABLE notes (id bigint PRIMARY KEY, body text);   -- refused, with the hash of a plan
              ./dev run apply <hash>
              ./dev run ledger
              ./dev run verify

            """;
    }

    /// <summary>The text for a server that somebody else runs.</summary>
    public static string ServerWelcome(DevState state, string url, LockplaneConfiguration configuration) => $"""

        Lockplane runs for {SecretPlaces.MaskUrl(url)}.

        The gateway on 127.0.0.1:{configuration.Gateway.Port} refuses every login: no rule says which role is which tenant. Write them into a lockplane.toml
        (lockplane.example.toml has every key) and start `lockplane serve`.

        {Mcp(state, configuration)}
        Try:
          ./dev run inspect
          ./dev run baseline        takes the database under management
          ./dev run verify

        """;

    private static string Common(DevState state, LockplaneConfiguration ports) => string.Create(CultureInfo.InvariantCulture, $"""
        state_dir = "{state.Root}"

        [gateway]
        port = {ports.Gateway.Port}
        drain_timeout = "10s"

        [audit]
        file = "{state.Root}/audit.log"

        [http]
        port = {ports.Http.Port}

        [approval]
        mode = "owner"

        """);

    private static string Token(DevState state, string database) => $"""

        [mcp.tokens.dev]
        sha256 = "{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.Secrets.Get("mcp-token"))))}"
        database = "{database}"

        """;

    private static string Mcp(DevState state, LockplaneConfiguration configuration)
    {
        string token = state.Secrets.Get("mcp-token");
        return $$"""
            MCP, with the bearer token {{token}}
            (kept in {{state.Secrets.PathOf("mcp-token")}}; the configuration holds its hash). For a client:
              { "mcpServers": { "lockplane": { "type": "http", "url": "http://127.0.0.1:{{configuration.Http.Port}}/mcp",
                "headers": { "Authorization": "Bearer {{token}}" } } } }

            """;
    }

    private static string Url(DevState state, int port, string role, string database) =>
        string.Create(CultureInfo.InvariantCulture, $"postgresql://{role}:{state.Secrets.Get(role)}@127.0.0.1:{port}/{database}");
}
