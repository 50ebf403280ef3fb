using System.Text;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;

namespace Lockplane.Tests.Wire;

public sealed class ScramTests
{
    // RFC 7677, section 3.
    private const string ClientNonce = "rOprNGfwEbeRWgbNEkqO";
    private const string ServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private const string ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private const string ClientFinal = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private const string ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private static ScramVerifier Pencil => ScramVerifier.FromPassword("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="));

    private static byte[] B(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public void The_client_role_reproduces_the_vector_of_RFC_7677()
    {
        ScramClientExchange exchange = new(ClientNonce, "user");
        Assert.Equal($"n,,n=user,r={ClientNonce}", exchange.First);
        ScramChallenge challenge = exchange.Challenge(B(ServerFirst));
        Assert.Equal(4096, challenge.Iterations);
        Assert.Equal(ClientFinal, exchange.Final(ScramKeys.Derive("pencil", Convert.FromBase64String(challenge.Salt), challenge.Iterations)));
        exchange.Verify(B(ServerFinal));
    }

    [Fact]
    public void The_server_role_reproduces_the_vector_of_RFC_7677()
    {
        ScramServerExchange exchange = new(Pencil, ServerNonce);
        Assert.Equal(ServerFirst, exchange.First(B($"n,,n=user,r={ClientNonce}")));
        Assert.True(exchange.TryFinish(B(ClientFinal), out string final));
        Assert.Equal(ServerFinal, final);
    }

    [Fact]
    public void A_wrong_proof_and_a_mock_verifier_are_refused()
    {
        foreach (ScramVerifier verifier in new[] { Pencil, ScramVerifier.Mock(new byte[16]) })
        {
            ScramServerExchange exchange = new(verifier, ServerNonce);
            exchange.First(B($"n,,n=user,r={ClientNonce}"));
            Assert.False(exchange.TryFinish(B(ClientFinal.Replace("p=dH", "p=eH", StringComparison.Ordinal)), out string final));
            Assert.Equal("", final);
        }
    }

    [Theory]
    [InlineData("p=tls-server-end-point,,n=,r=abc", SqlState.ProtocolViolation)]
    [InlineData("n,a=other,n=,r=abc", SqlState.FeatureNotSupported)]
    [InlineData("n,,m=x,n=,r=abc", SqlState.FeatureNotSupported)]
    [InlineData("n,,n=,r=", SqlState.ProtocolViolation)]
    [InlineData("n,,n=,r=a\u0001b", SqlState.ProtocolViolation)]
    [InlineData("n,,n=,r=a\0b", SqlState.ProtocolViolation)]
    [InlineData("n,,r=abc", SqlState.ProtocolViolation)]
    [InlineData("x,,n=,r=abc", SqlState.ProtocolViolation)]
    [InlineData("n", SqlState.ProtocolViolation)]
    [InlineData("", SqlState.ProtocolViolation)]
    public void A_malformed_first_message_is_refused(string first, string sqlState) =>
        Assert.Equal(sqlState, Assert.Throws<ProtocolException>(() => new ScramServerExchange(Pencil, ServerNonce).First(B(first))).SqlState);

    [Theory]
    [InlineData("c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=AAAA")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")]
    [InlineData("")]
    public void A_proof_that_does_not_answer_the_challenge_is_a_violation(string final)
    {
        ScramServerExchange exchange = new(Pencil, ServerNonce);
        exchange.First(B($"n,,n=user,r={ClientNonce}"));
        Assert.Throws<ProtocolException>(() => exchange.TryFinish(B(final), out _));
    }

    [Theory]
    [InlineData("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOxyz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100001")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOxyz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOxyz,s=,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOxyz,s=*,i=4096")]
    [InlineData("e=other-error")]
    public void A_challenge_that_does_not_fit_or_costs_too_much_is_refused(string challenge) =>
        Assert.Throws<ProtocolException>(() => new ScramClientExchange(ClientNonce).Challenge(B(challenge)));

    [Fact]
    public void A_server_that_does_not_know_the_password_is_refused()
    {
        ScramClientExchange exchange = new(ClientNonce, "user");
        exchange.Challenge(B(ServerFirst));
        exchange.Final(ScramKeys.Derive("another", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096));
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => exchange.Verify(B(ServerFinal))).SqlState);
        Assert.Throws<ProtocolException>(() => new ScramClientExchange(ClientNonce).Verify(B("v=")));
    }

    [Theory]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", true)]
    [InlineData("SCRAM-SHA-256$200000:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", false)]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$AAAA:AAAA", false)]
    [InlineData("md5abc", false)]
    public void Verifiers_are_read_as_Postgres_writes_them(string text, bool valid) => Assert.Equal(valid, ScramVerifier.TryParse(text, out _));

    [Fact]
    public void A_stored_verifier_checks_the_password_it_was_made_from()
    {
        // The keys of RFC 7677's password and salt.
        Assert.True(ScramVerifier.TryParse("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", out ScramVerifier? stored));
        ScramServerExchange exchange = new(stored!, ServerNonce);
        exchange.First(B($"n,,n=user,r={ClientNonce}"));
        Assert.True(exchange.TryFinish(B(ClientFinal), out _));
    }

    private static readonly byte[] EndPoint = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    private static ScramKeys PencilKeys => ScramKeys.Derive("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

    [Fact]
    public void Bound_to_the_same_channel_both_sides_agree_and_the_proof_gives_the_keys_away()
    {
        ScramClientExchange client = new(ClientNonce, endPoint: EndPoint, plus: true);
        ScramServerExchange server = new(Pencil, ServerNonce, EndPoint, plus: true);
        Assert.Equal(ScramKeys.MechanismPlus, client.Mechanism);
        Assert.StartsWith("p=tls-server-end-point,,", client.First, StringComparison.Ordinal);
        client.Challenge(B(server.First(B(client.First))));
        Assert.True(server.TryFinish(B(client.Final(PencilKeys)), out string final));
        client.Verify(B(final));
        Assert.Equal(PencilKeys.ClientKey, server.Keys!.ClientKey);
        Assert.Equal(PencilKeys.ServerKey, server.Keys.ServerKey);
    }

    [Fact]
    public void Bound_to_another_certificate_is_refused()
    {
        ScramClientExchange client = new(ClientNonce, endPoint: new byte[32], plus: true);
        ScramServerExchange server = new(Pencil, ServerNonce, EndPoint, plus: true);
        client.Challenge(B(server.First(B(client.First))));
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => server.TryFinish(B(client.Final(PencilKeys)), out _)).SqlState);
        Assert.Null(server.Keys);
    }

    [Theory]
    [InlineData(true, false, "y,,n=,r=abc")]
    [InlineData(true, false, "p=tls-server-end-point,,n=,r=abc")]
    [InlineData(true, true, "p=tls-unique,,n=,r=abc")]
    [InlineData(true, true, "p=tls-server-end-pointx,,n=,r=abc")]
    [InlineData(true, true, "n,,n=,r=abc")]
    [InlineData(true, true, "y,,n=,r=abc")]
    [InlineData(true, true, "p=tls-server-end-point")]
    [InlineData(true, true, "p=")]
    public void A_binding_that_does_not_fit_what_was_selected_is_refused(bool offered, bool plus, string first) => Assert.Equal(SqlState.ProtocolViolation,
        Assert.Throws<ProtocolException>(() => new ScramServerExchange(Pencil, ServerNonce, offered ? EndPoint : default, plus).First(B(first))).SqlState);

    [Fact]
    public void A_client_that_could_bind_says_so_where_the_server_does_not_offer_it()
    {
        ScramClientExchange client = new(ClientNonce, endPoint: EndPoint, plus: false);
        Assert.Equal((ScramKeys.Mechanism, $"y,,n=,r={ClientNonce}"), (client.Mechanism, client.First));
        ScramServerExchange server = new(Pencil, ServerNonce);
        client.Challenge(B(server.First(B(client.First))));
        Assert.True(server.TryFinish(B(client.Final(PencilKeys)), out _));
    }

    [Fact]
    public void Keys_are_written_as_they_are_read()
    {
        StoredScramKeys keys = new(new ScramChallenge("W22ZaJ0SNY7soEsUEjb6gQ==", 4096), PencilKeys);
        Assert.True(StoredScramKeys.TryParse(keys.Format(), out StoredScramKeys? read));
        Assert.Equal((keys.Challenge, Convert.ToHexString(PencilKeys.ClientKey)), (read!.Challenge, Convert.ToHexString(read.Keys.ClientKey)));
        Assert.DoesNotContain(Convert.ToBase64String(PencilKeys.ClientKey), read.ToString(), StringComparison.Ordinal);
        for (int cut = 0; cut < keys.Format().Length; cut++)
        {
            Assert.False(StoredScramKeys.TryParse(keys.Format()[..cut], out _));
        }
    }

    [Fact]
    public void A_salt_or_nonce_without_end_is_refused()
    {
        string salt = Convert.ToBase64String(new byte[2_000]);
        Assert.Throws<ProtocolException>(() => new ScramClientExchange(ClientNonce).Challenge(B($"r={ClientNonce}x,s={salt},i=4096")));
        Assert.Throws<ProtocolException>(() => new ScramClientExchange(ClientNonce).Challenge(B($"r={ClientNonce}{new string('x', 2_000)},s=AAAA,i=4096")));
        Assert.Throws<ProtocolException>(() => new ScramServerExchange(Pencil, ServerNonce).First(B($"n,,n=,r={new string('x', 2_000)}")));
        Assert.Throws<ProtocolException>(() => new ScramClientExchange(ClientNonce).Challenge(B($"r={ClientNonce}x,s=AAAA,i=99999999999999999999")));
    }
}
