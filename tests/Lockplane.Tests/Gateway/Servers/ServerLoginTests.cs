using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Servers;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.Tests.Gateway.Servers;

/// <summary>The login at a scripted server.</summary>
public sealed class ServerLoginTests : IDisposable
{
    private static readonly byte[] Offer = RelayScript.Frame('R', "\0\0\0\u000aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
    private static readonly byte[] Ok = RelayScript.Frame('R', "\0\0\0\0");

    private readonly ByteBuffer _fromServer = new();
    private readonly ByteBuffer _toServer = new();
    private readonly ByteBuffer _toClient = new();
    private readonly ServerCredentials _credentials = new(Userlist.Parse("\"app\" \"pencil\""), "main");
    private readonly ServerLogin _login;

    public ServerLoginTests()
    {
        _login = new ServerLogin(ServerTerms.From(new ServerOptions()), new StartupMessage(ProtocolVersion.V32, [new("user", "app")]), LoginProof.Plain(AuthMethod.Scram, "app"), "clientnonce",
            new BackendKeyData(42, [9, 9, 9, 9]));
        _login.Start(_toServer);
        _toServer.Consume(_toServer.Count);
    }

    public void Dispose()
    {
        _fromServer.Dispose();
        _toServer.Dispose();
        _toClient.Dispose();
    }

    private ServerLoginState Feed(params byte[][] frames)
    {
        ServerLoginState state = ServerLoginState.Reading;
        // Byte by byte: what arrives in pieces must not differ from what arrives whole.
        foreach (byte b in frames.SelectMany(frame => frame))
        {
            _fromServer.Write([b]);
            state = _login.Advance(_fromServer, _toServer, _toClient);
            if (state == ServerLoginState.Asked)
            {
                _login.Answer(_credentials.Derive((KeysQuestion)_login.Question));
                state = _login.Advance(_fromServer, _toServer, _toClient);
            }
        }

        return state;
    }

    private List<(char Type, string Body)> Said()
    {
        List<(char Type, string Body)> messages = RelayScript.Messages([.. _toServer.Unread]);
        _toServer.Consume(_toServer.Count);
        return messages;
    }

    /// <summary>Plays the server's part of SCRAM; its last message.</summary>
    private byte[] Scram(string password = "pencil")
    {
        ScramServerExchange exchange = new(ScramVerifier.FromPassword(password, new byte[16]), "servernonce");
        Feed(Offer);
        string initial = Said()[0].Body;
        Feed(RelayScript.Frame('R', "\0\0\0\u000b" + exchange.First(Encoding.Latin1.GetBytes(initial[(ScramKeys.Mechanism.Length + 5)..]))));
        bool fits = exchange.TryFinish(Encoding.Latin1.GetBytes(Said()[0].Body), out string final);
        return RelayScript.Frame('R', "\0\0\0\u000c" + (fits ? final : "v=AAAA"));
    }

    [Fact]
    public void A_login_passes_parameters_and_replaces_the_cancel_key()
    {
        ServerLoginState state = Feed(Scram(), Ok, RelayScript.Frame('S', "TimeZone\0UTC\0"), RelayScript.Frame('S', "client_encoding\0UTF8\0"),
            RelayScript.Frame('K', "\0\0\0\u0001" + new string('k', 32)), RelayScript.Frame('Z', "I"));
        Assert.Equal(ServerLoginState.Ready, state);
        Assert.Equal([('S', "TimeZone\0UTC\0"), ('S', "client_encoding\0UTF8\0"), ('K', "\0\0\0\u002a\t\t\t\t"), ('Z', "I")], RelayScript.Messages([.. _toClient.Unread]));
        Assert.Equal((1, 32), (_login.Key!.ProcessId, _login.Key.Key.Length));
    }

    [Fact]
    public void An_older_server_may_answer_with_its_own_version()
    {
        Feed(RelayScript.Frame('v', "\0\u0003\0\0\0\0\0\0"));
        Assert.Equal(ServerLoginState.Ready, Feed(Scram(), Ok, RelayScript.Frame('Z', "I")));
    }

    [Fact]
    public void A_server_error_reaches_the_client_as_it_is()
    {
        byte[] error = RelayScript.SyntaxError(1);
        Assert.Equal(ServerLoginState.Refused, Feed(Scram(), Ok, error));
        Assert.Equal(error, _toClient.Unread.ToArray());
    }

    [Fact]
    public void A_server_that_lets_the_role_in_unasked_is_refused() => Refused(SqlState.InvalidAuthorization, Ok);

    [Theory]
    [InlineData("\0\0\0\u0003")]
    [InlineData("\0\0\0\u0005salt")]
    [InlineData("\0\0\0\u000aSCRAM-SHA-256-PLUS\0\0")]
    public void A_server_that_asks_for_another_proof_is_refused(string request) => Refused(SqlState.InvalidAuthorization, RelayScript.Frame('R', request));

    [Fact]
    public void A_server_that_skips_its_own_proof_is_refused()
    {
        Scram();
        Refused(SqlState.InvalidAuthorization, Ok);
    }

    [Fact]
    public void A_server_that_does_not_know_the_password_is_refused()
    {
        byte[] final = Scram("another");
        Refused(SqlState.InvalidAuthorization, final);
    }

    [Theory]
    [InlineData('v', "\0\u0003\0\u0003\0\0\0\0")]
    [InlineData('v', "\0\u0003\0\0\0\0\0\u0001_pq_.x\0")]
    [InlineData('v', "\0\u0003\0\0\u007f\u00ff\u00ff\u00ff")]
    [InlineData('K', "\0\0\0\u0001abcd")]
    [InlineData('Z', "I")]
    [InlineData('D', "row")]
    [InlineData('S', "TimeZone\0UTC\0")]
    [InlineData('R', "\0\0")]
    public void A_message_out_of_order_or_malformed_is_refused(char type, string body) => Refused(SqlState.ProtocolViolation, RelayScript.Frame(type, body));

    [Theory]
    [InlineData("client_encoding\0SQL_ASCII\0")]
    [InlineData("server_encoding\0SQL_ASCII\0")]
    [InlineData("standard_conforming_strings\0off\0")]
    public void A_server_that_reads_texts_otherwise_is_refused(string status)
    {
        Feed(Scram(), Ok);
        Refused(SqlState.InsufficientPrivilege, RelayScript.Frame('S', status));
    }

    [Fact]
    public void A_message_over_the_limit_is_refused_before_it_is_read() => Refused(SqlState.ProtocolViolation, [(byte)'S', 0, 1, 0, 0]);

    [Fact]
    public void A_role_without_a_password_is_refused()
    {
        ServerCredentials credentials = new(Userlist.Parse("\"v\" \"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=\""), "main");
        foreach (string role in new[] { "v", "absent" })
        {
            Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => credentials.Derive(new KeysQuestion(role, new ScramChallenge("AAAA", 4096)))).SqlState);
        }
    }

    private void Refused(string sqlState, byte[] frame) => Assert.Equal(sqlState, Assert.Throws<ProtocolException>(() => Feed(frame)).SqlState);

    private static readonly byte[] EndPoint = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    private static ServerLogin LoginOf(ServerSslMode mode, ServerLoginMethod method = ServerLoginMethod.Secret, LoginProof? proof = null) => new(
        ServerTerms.From(new ServerOptions { SslMode = mode, Login = method }), new StartupMessage(ProtocolVersion.V32, [new("user", "app")]), proof ?? LoginProof.Plain(AuthMethod.Scram, "app"),
        "clientnonce", new BackendKeyData(42, [9, 9, 9, 9]));

    private ServerLoginState Feed(ServerLogin login, string bytes)
    {
        _fromServer.Write(Encoding.Latin1.GetBytes(bytes));
        return login.Advance(_fromServer, _toServer, _toClient);
    }

    private static string Text(byte[] frame) => Encoding.Latin1.GetString(frame);

    [Theory]
    [InlineData(ServerSslMode.Prefer)]
    [InlineData(ServerSslMode.Require)]
    [InlineData(ServerSslMode.VerifyFull)]
    public void TLS_is_asked_for_and_the_start_up_waits_for_it(ServerSslMode mode)
    {
        ServerLogin login = LoginOf(mode);
        login.Start(_toServer);
        Assert.Equal("0000000804D2162F", Convert.ToHexString(_toServer.Unread));
        _toServer.Consume(8);
        Assert.Equal(ServerLoginState.Reading, Feed(login, ""));
        Assert.Equal(ServerLoginState.StartTls, Feed(login, "S"));
        Assert.Equal(0, _toServer.Count);
        Assert.Equal("127.0.0.1", Assert.IsType<TlsClient>(login.TlsRole).Options.TargetHost);
        login.TlsStarted(new TlsFacts([.. EndPoint], null, "TLSv1.3", null));
        Assert.Equal(ServerLoginState.Reading, Feed(login, ""));
        Assert.NotEqual(0, _toServer.Count);
    }

    [Fact]
    public void A_server_without_TLS_is_used_only_where_that_is_allowed()
    {
        ServerLogin prefer = LoginOf(ServerSslMode.Prefer), require = LoginOf(ServerSslMode.Require);
        prefer.Start(_toServer);
        Assert.Equal(ServerLoginState.Reading, Feed(prefer, "N"));
        Assert.True(_toServer.Count > 8);
        require.Start(_toServer);
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => Feed(require, "N")).SqlState);
    }

    [Theory]
    [InlineData("SR")]
    [InlineData("S\0")]
    [InlineData("E")]
    [InlineData("x")]
    public void Bytes_behind_the_answer_to_the_SSL_request_are_fatal(string answer)
    {
        ServerLogin login = LoginOf(ServerSslMode.Prefer);
        login.Start(_toServer);
        Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => Feed(login, answer)).SqlState);
    }

    [Fact]
    public void Direct_TLS_begins_at_once_and_must_agree_on_the_protocol()
    {
        ServerLogin login = LoginOf(ServerSslMode.Direct), other = LoginOf(ServerSslMode.Direct);
        login.Start(_toServer);
        Assert.Equal(0, _toServer.Count);
        Assert.Equal(ServerLoginState.StartTls, Feed(login, ""));
        Assert.Throws<ProtocolException>(() => other.TlsStarted(new TlsFacts([], null, "TLSv1.3", null)));
        login.TlsStarted(new TlsFacts([], null, "TLSv1.3", "postgresql"));
        Assert.Equal(ServerLoginState.Reading, Feed(login, ""));
        Assert.NotEqual(0, _toServer.Count);
    }

    [Fact]
    public void Over_TLS_the_login_is_bound_to_the_servers_certificate_where_it_offers_that()
    {
        foreach (bool offered in new[] { true, false })
        {
            ServerLogin login = LoginOf(ServerSslMode.Require);
            login.Start(_toServer);
            Feed(login, "S");
            login.TlsStarted(new TlsFacts([.. EndPoint], null, "TLSv1.3", null));
            Feed(login, "");
            _toServer.Consume(_toServer.Count);
            Feed(login, Text(offered ? Offer : RelayScript.Frame('R', "\0\0\0\u000aSCRAM-SHA-256\0\0")));
            string initial = Said()[0].Body;
            Assert.StartsWith(offered ? "SCRAM-SHA-256-PLUS\0" : "SCRAM-SHA-256\0", initial, StringComparison.Ordinal);
            Assert.Contains(offered ? "p=tls-server-end-point,," : "y,,", initial, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_proof_is_passed_through_where_the_server_has_the_same_verifier()
    {
        ScramKeys keys = ScramKeys.Derive("pencil", new byte[16], ScramKeys.DefaultIterations);
        LoginProof proof = LoginProof.Plain(AuthMethod.Scram, "app") with { Keys = keys, KeysFor = new ScramChallenge(Convert.ToBase64String(new byte[16]), ScramKeys.DefaultIterations) };
        ServerLogin login = LoginOf(ServerSslMode.Disable, ServerLoginMethod.PassThrough, proof);
        login.Start(_toServer);
        _toServer.Consume(_toServer.Count);
        ScramServerExchange exchange = new(ScramVerifier.FromPassword("pencil", new byte[16]), "servernonce");
        Feed(login, Text(Offer));
        string challenge = exchange.First(Encoding.Latin1.GetBytes(Said()[0].Body[(ScramKeys.Mechanism.Length + 5)..]));
        Assert.Equal(ServerLoginState.Reading, Feed(login, Text(RelayScript.Frame('R', "\0\0\0\u000b" + challenge))));
        Assert.True(exchange.TryFinish(Encoding.Latin1.GetBytes(Said()[0].Body), out string final));
        Assert.Equal(ServerLoginState.Ready, Feed(login, Text(RelayScript.Frame('R', "\0\0\0\u000c" + final)) + Text(Ok) + Text(RelayScript.Frame('Z', "I"))));
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", 8192)]
    [InlineData("BAAAAAAAAAAAAAAAAAAAAA==", 4096)]
    public void A_proof_for_another_verifier_is_not_passed_through(string salt, int iterations)
    {
        LoginProof proof = LoginProof.Plain(AuthMethod.Scram, "app") with { Keys = ScramKeys.Derive("pencil", new byte[16], 1), KeysFor = new ScramChallenge(salt, iterations) };
        ServerLogin login = LoginOf(ServerSslMode.Disable, ServerLoginMethod.PassThrough, proof);
        login.Start(_toServer);
        Feed(login, Text(Offer));
        ProtocolException refusal = Assert.Throws<ProtocolException>(() => Feed(login, Text(RelayScript.Frame('R', "\0\0\0\u000br=clientnoncex,s=AAAAAAAAAAAAAAAAAAAAAA==,i=4096"))));
        Assert.Equal(SqlState.InvalidAuthorization, refusal.SqlState);
        Assert.Contains("salt or iterations differ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_login_without_a_scram_proof_is_not_passed_through()
    {
        ServerLogin login = LoginOf(ServerSslMode.Disable, ServerLoginMethod.PassThrough, LoginProof.Plain(AuthMethod.Jwt, "app"));
        login.Start(_toServer);
        Feed(login, Text(Offer));
        Assert.Equal(SqlState.InvalidAuthorization,
            Assert.Throws<ProtocolException>(() => Feed(login, Text(RelayScript.Frame('R', "\0\0\0\u000br=clientnoncex,s=AAAA,i=4096")))).SqlState);
    }

    [Fact]
    public void A_login_by_certificate_takes_the_servers_word_and_gives_no_password()
    {
        ServerLogin login = LoginOf(ServerSslMode.Disable, ServerLoginMethod.Certificate), asked = LoginOf(ServerSslMode.Disable, ServerLoginMethod.Certificate);
        login.Start(_toServer);
        Assert.Equal(ServerLoginState.Ready, Feed(login, Text(Ok) + Text(RelayScript.Frame('Z', "I"))));
        asked.Start(_toServer);
        _toServer.Consume(_toServer.Count);
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => Feed(asked, Text(Offer))).SqlState);
        Assert.Equal(0, _toServer.Count);
    }

    [Fact]
    public void Keys_in_the_userlist_suffice_and_those_of_another_password_are_named()
    {
        ScramChallenge challenge = new(Convert.ToBase64String(new byte[16]), 4096);
        ScramKeys keys = ScramKeys.Derive("pencil", new byte[16], 4096);
        ServerCredentials credentials = new(Userlist.Of("app", new StoredScramKeys(challenge, keys).Format()), "main");
        Assert.True(credentials.TryFind(new KeysQuestion("app", challenge), out KeysAnswer? answer));
        Assert.Equal(keys.ClientKey, answer!.Keys.ClientKey);
        Assert.Contains("differ", Assert.Throws<ProtocolException>(() => credentials.TryFind(new KeysQuestion("app", challenge with { Iterations = 5000 }), out _)).Message, StringComparison.Ordinal);
    }
}
