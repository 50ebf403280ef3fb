using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Frontend;

namespace Lockplane.Tests.Gateway.Sessions;

public sealed class StartupRequestTests
{
    private static readonly Profiles Application = new([]);

    private static StartupRequest Read(params string[] pairs)
    {
        StartupPacket.TryRead(LoginScript.Startup(["user", "app", .. pairs]), out StartupPacket? packet);
        return StartupRequest.From((StartupMessage)packet!, Application, null);
    }

    private static string Settings(StartupRequest request) => string.Join(' ', request.Settings.Select(setting => $"{setting.Key}={setting.Value}"));

    [Theory]
    [InlineData("-c statement_timeout=5", "statement_timeout=5")]
    [InlineData("-cstatement_timeout=5", "statement_timeout=5")]
    [InlineData("--statement-timeout=5", "statement_timeout=5")]
    [InlineData("-c statement-timeout=5  --JIT=off", "JIT=off statement_timeout=5")]
    [InlineData("-c application_name=a\\ b\\\\c", "application_name=a b\\c")]
    [InlineData("\t-c\njit=off\r", "jit=off")]
    [InlineData("-c jit=on -c jit=off", "jit=off")]
    [InlineData("-c application_name=a=b", "application_name=a=b")]
    [InlineData("", "")]
    [InlineData("   ", "")]
    public void Options_are_read_as_Postgres_reads_them(string options, string settings) => Assert.Equal(settings, Settings(Read("options", options)));

    [Theory]
    [InlineData("options", "-c app.tenant_id=globex", SqlState.InsufficientPrivilege)]
    [InlineData("options", "-c role=postgres", SqlState.InsufficientPrivilege)]
    [InlineData("options", "--session-authorization=postgres", SqlState.InsufficientPrivilege)]
    [InlineData("options", "-c standard_conforming_strings=off", SqlState.InsufficientPrivilege)]
    [InlineData("options", "-c row\\_security=off", SqlState.InsufficientPrivilege)]
    [InlineData("options", "-e", SqlState.InsufficientPrivilege)]
    [InlineData("options", "jit=off", SqlState.InsufficientPrivilege)]
    [InlineData("options", "-c jit", SqlState.SyntaxError)]
    [InlineData("options", "-c jit=off \\", SqlState.InsufficientPrivilege)]
    [InlineData("options", "-c", SqlState.SyntaxError)]
    [InlineData("options", "--=x", SqlState.SyntaxError)]
    [InlineData("app.tenant_id", "globex", SqlState.InsufficientPrivilege)]
    [InlineData("App.Tenant_Id", "globex", SqlState.InsufficientPrivilege)]
    [InlineData("session_replication_role", "replica", SqlState.InsufficientPrivilege)]
    [InlineData("client_encoding", "SJIS", SqlState.InvalidParameterValue)]
    [InlineData("client_encoding", "LATIN1", SqlState.InvalidParameterValue)]
    [InlineData("replication", "true", SqlState.FeatureNotSupported)]
    [InlineData("replication", "TRU", SqlState.FeatureNotSupported)]
    [InlineData("replication", "yes", SqlState.FeatureNotSupported)]
    [InlineData("replication", "1", SqlState.FeatureNotSupported)]
    [InlineData("replication", "on", SqlState.FeatureNotSupported)]
    [InlineData("replication", "database", SqlState.FeatureNotSupported)]
    [InlineData("replication", "o", SqlState.InvalidParameterValue)]
    [InlineData("replication", "", SqlState.InvalidParameterValue)]
    [InlineData("database", "d123456789012345678901234567890123456789012345678901234567890123", SqlState.InvalidAuthorization)]
    public void What_is_not_allowed_fails_the_login(string name, string value, string sqlState) =>
        Assert.Equal(sqlState, Assert.Throws<ProtocolException>(() => Read(name, value)).SqlState);

    [Theory]
    [InlineData("replication", "false")]
    [InlineData("replication", "of")]
    [InlineData("replication", "0")]
    [InlineData("replication", "N")]
    [InlineData("client_encoding", "UTF8")]
    [InlineData("client_encoding", "utf-8")]
    [InlineData("CLIENT_ENCODING", "Unicode")]
    [InlineData("client_encoding", "SQL_ASCII")]
    public void What_changes_nothing_passes(string name, string value) => Assert.Empty(Read(name, value).Settings);

    [Fact]
    public void Every_setting_that_drivers_send_passes()
    {
        string[] names =
        [
            "application_name", "DateStyle", "IntervalStyle", "TimeZone", "extra_float_digits", "bytea_output", "client_min_messages", "statement_timeout", "lock_timeout",
            "idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout", "default_transaction_isolation", "default_transaction_read_only",
            "default_transaction_deferrable", "jit",
        ];
        Assert.All(names, name => Assert.Equal("v", Read(name, "v").Settings[name.ToUpperInvariant()]));
    }

    [Theory]
    [InlineData("public", true)]
    [InlineData("\"$user\", PUBLIC, pg_catalog", true)]
    [InlineData("", true)]
    [InlineData("public, other", false)]
    [InlineData("\"Public\"", false)]
    [InlineData("pg_temp, public", false)]
    [InlineData("public,", false)]
    public void A_search_path_may_name_the_profiles_schemas(string value, bool passes)
    {
        if (passes)
        {
            Assert.Equal(value, Read("Search_Path", value).Settings["search_path"]);
            return;
        }

        foreach (string[] given in new string[][] { ["search_path", value], ["options", "--search-path=" + value.Replace(" ", "\\ ", StringComparison.Ordinal)] })
        {
            ProtocolException refusal = Assert.Throws<ProtocolException>(() => Read(given));
            Assert.Equal(SqlState.InsufficientPrivilege, refusal.SqlState);
            Assert.Contains("search_path", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_schema_that_the_profile_adds_may_be_named()
    {
        StartupPacket.TryRead(LoginScript.Startup("user", "app", "search_path", "shop, \"My Schema\""), out StartupPacket? packet);
        Assert.NotEmpty(StartupRequest.From((StartupMessage)packet!, With(new ProfileAdditions { AllowSchemas = ["shop", "My Schema"] }), null).Settings);
        Assert.NotEmpty(StartupRequest.From((StartupMessage)packet!, With(new ProfileAdditions { AllowSettings = ["search_path"] }), null).Settings);
    }

    [Fact]
    public void A_parameter_of_its_own_wins_over_options() => Assert.Equal("on", Read("JIT", "on", "options", "-c jit=off").Settings["jit"]);

    [Fact]
    public void A_role_must_be_named()
    {
        StartupPacket.TryRead(LoginScript.Startup("database", "shop"), out StartupPacket? packet);
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => StartupRequest.From((StartupMessage)packet!, Application, null)).SqlState);
    }

    [Fact]
    public void The_message_to_the_server_is_ours_with_the_context_in_it()
    {
        StartupMessage message = Read("database", "shop", "application_name", "psql", "client_encoding", "SQL_ASCII", "standard_conforming_strings", "on")
            .ForServer("shop", new SessionContext([new("app.tenant_id", "acme")]));
        Assert.Equal(ProtocolVersion.V32, message.Version);
        Assert.Equal(
            [new("user", "app"), new("database", "shop"), new("application_name", "psql"), new("client_encoding", "UTF8"), new("standard_conforming_strings", "on"), new("app.tenant_id", "acme")],
            message.Parameters);
    }

    private static Profiles With(ProfileAdditions additions) => new([new ProfileRule { Additions = additions }]);
}
