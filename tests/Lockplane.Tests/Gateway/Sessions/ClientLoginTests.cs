using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Sessions;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Tests.Wire;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Sessions.LoginScript;

namespace Lockplane.Tests.Gateway.Sessions;

public sealed class ClientLoginTests
{
    private static readonly byte[] Ssl = StartupPacketTests.Packet(80877103, "");
    private static readonly byte[] Gss = StartupPacketTests.Packet(80877104, "");

    [Fact]
    public void The_right_password_logs_in()
    {
        using LoginScript script = new();
        Assert.Equal(ClientLoginState.Requested, script.Feed(Startup("user", "app", "database", "shop")));
        Assert.Equal(("app", "shop"), (script.Login.Request.User, script.Login.Request.Database));
        Assert.Equal(ClientLoginState.Reading, script.Feed([]));
        Assert.Equal([('R', "\0\0\0\u000aSCRAM-SHA-256\0\0")], script.Said());
        Assert.Equal(ClientLoginState.Proven, script.Scram("pencil"));
    }

    [Theory]
    [InlineData("app", "wrong")]
    [InlineData("unknown", "pencil")]
    public void A_wrong_password_and_an_unknown_role_are_refused_alike(string user, string password)
    {
        using LoginScript script = new();
        script.Feed(Startup("user", user));
        script.Feed([]);
        script.Said();
        ProtocolException refusal = Assert.Throws<ProtocolException>(() => script.Scram(password));
        Assert.Equal((SqlState.InvalidPassword, $"password authentication failed for user \"{user}\""), (refusal.SqlState, refusal.Message));
    }

    [Fact]
    public void An_unknown_role_gets_the_same_salt_at_every_attempt()
    {
        RoleSecrets secrets = new(Userlist.Empty, RoleSecrets.NewSaltKey());
        Assert.Equal(secrets.Unknown("x").Verifier.Salt, secrets.Unknown("x").Verifier.Salt);
        Assert.NotEqual(secrets.Unknown("x").Verifier.Salt, secrets.Unknown("y").Verifier.Salt);
        Assert.NotEqual(secrets.Unknown("x").Verifier.Salt, new RoleSecrets(Userlist.Empty, RoleSecrets.NewSaltKey()).Unknown("x").Verifier.Salt);
    }

    [Fact]
    public void Encryption_is_denied_once_each_and_the_login_goes_on()
    {
        using LoginScript script = new();
        Assert.Equal(ClientLoginState.Reading, script.Feed(Gss));
        Assert.Equal(ClientLoginState.Reading, script.Feed(Ssl));
        Assert.Equal("NN", Encoding.ASCII.GetString(script.Out.Unread));
        Assert.Throws<ProtocolException>(() => script.Feed(Ssl));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_stuffed_behind_an_encryption_request_is_fatal(bool gss)
    {
        using LoginScript script = new();
        ProtocolException violation = Assert.Throws<ProtocolException>(() => script.Feed([.. gss ? Gss : Ssl, .. Startup("user", "app")]));
        Assert.Equal(SqlState.ProtocolViolation, violation.SqlState);
        Assert.Equal(0, script.Out.Count);
    }

    [Fact]
    public void A_cancel_request_is_no_session()
    {
        using LoginScript script = new();
        Assert.Equal(ClientLoginState.Cancelling, script.Feed(StartupPacketTests.Packet(80877102, "\0\0\0\u0007abcd")));
        Assert.Equal(7, script.Login.Cancel!.ProcessId);
    }

    [Theory]
    [InlineData(0x0003_0000u, false, "")]
    [InlineData(0x0003_0002u, false, "")]
    [InlineData(0x0003_270fu, false, "\0\u0003\0\u0002\0\0\0\0")]
    [InlineData(0x0003_0000u, true, "\0\u0003\0\0\0\0\0\u0001_pq_.future\0")]
    public void What_is_too_new_is_negotiated(uint version, bool option, string negotiation)
    {
        using LoginScript script = new();
        script.Feed(option ? Startup(version, "user", "app", "_pq_.future", "1") : Startup(version, "user", "app"));
        script.Feed([]);
        List<(char Type, string Body)> said = script.Said();
        Assert.Equal(negotiation.Length == 0 ? "R" : "vR", string.Concat(said.Select(message => message.Type)));
        Assert.Equal(negotiation, said[0].Type == 'v' ? said[0].Body : "");
    }

    [Fact]
    public void No_rule_means_refused()
    {
        using LoginScript script = new(method: null);
        script.Feed(Startup("user", "app"));
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => script.Feed([])).SqlState);
    }

    [Fact]
    public void A_token_is_asked_for_in_clear_text_on_loopback_only()
    {
        using LoginScript local = new(AuthMethod.Jwt);
        local.Feed(Startup("user", "app"));
        local.Feed([]);
        Assert.Equal([('R', "\0\0\0\u0003")], local.Said());
        Assert.Equal(ClientLoginState.Asked, local.Feed(RelayScript.Frame('p', "a.b.c\0")));
        Assert.Equal("a.b.c", Assert.IsType<TokenQuestion>(local.Login.Question).Token);

        using LoginScript remote = new(AuthMethod.Jwt, "10.1.2.3");
        remote.Feed(Startup("user", "app"));
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => remote.Feed([])).SqlState);
        Assert.Equal(0, remote.Out.Count);
    }

    [Fact]
    public void Only_a_proof_may_follow_and_not_a_huge_one()
    {
        foreach (byte[] frame in new[] { RelayScript.Query("select 1"), [(byte)'p', 0, 1, 0, 0], [(byte)'p', 0, 0, 0, 3], [(byte)'p', 0xFF, 0xFF, 0xFF, 0xFF] })
        {
            using LoginScript script = new();
            script.Feed(Startup("user", "app"));
            script.Feed([]);
            Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => script.Feed(frame)).SqlState);
        }
    }

    [Fact]
    public void A_start_up_split_at_every_point_gives_the_same()
    {
        byte[] startup = Startup("user", "app", "database", "shop", "options", "-c jit=off");
        for (int cut = 0; cut < startup.Length; cut++)
        {
            using LoginScript script = new();
            Assert.Equal(ClientLoginState.Reading, script.Feed(startup.AsSpan(0, cut)));
            Assert.Equal(ClientLoginState.Requested, script.Feed(startup.AsSpan(cut)));
            Assert.Equal("off", script.Login.Request.Settings["jit"]);
        }
    }
}
