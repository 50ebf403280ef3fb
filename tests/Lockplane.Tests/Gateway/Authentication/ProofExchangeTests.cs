using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Methods;
using Lockplane.Gateway.Loops;
using Lockplane.Scripted;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Wire;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Sasl;

namespace Lockplane.Tests.Gateway.Authentication;

/// <summary>Each method by itself.</summary>
public sealed class ProofExchangeTests : IDisposable
{
    private static readonly JwtOptions Tokens = new() { Issuer = "https://issuer/", Audience = "a", Key = [.. new byte[32]], Scope = "openid db" };

    private readonly ByteBuffer _out = new();

    public void Dispose() => _out.Dispose();

    private static ProofExchange Of(AuthMethod method, string address = "127.0.0.1", X509Certificate2? certificate = null, NameMap? map = null, bool tls = false) => ProofExchange.Of(new LoginAttempt(
        new AuthRule { Method = method, Jwt = method is AuthMethod.Jwt or AuthMethod.OAuth ? Tokens : null, Map = map }, "app", IPAddress.Parse(address),
        tls || certificate is not null ? new TlsFacts([.. new byte[32]], certificate, "TLSv1.3", null) : null, "servernonce"));

    private static RoleSecret Secret(string password = "pencil") =>
        new() { Verifier = ScramVerifier.FromPassword(password, new byte[16]), Md5 = RoleSecret.Md5Of(password, "app") };

    private List<(char Type, string Body)> Said()
    {
        List<(char Type, string Body)> messages = RelayScript.Messages([.. _out.Unread]);
        _out.Consume(_out.Count);
        return messages;
    }

    private ProofExchange Scram(RoleSecret secret, out ProofStep step, string password = "pencil")
    {
        ProofExchange exchange = Of(AuthMethod.Scram);
        ScramClientExchange client = new("clientnonce");
        exchange.Begin(_out);
        Assert.Equal(ProofStep.Asked, exchange.Take(Encoding.Latin1.GetBytes($"SCRAM-SHA-256\0\0\0\0{(char)client.First.Length}{client.First}"), _out));
        Assert.Equal(new SecretQuestion("app"), exchange.Question);
        exchange.Answer(new SecretAnswer(secret), _out);
        ScramChallenge challenge = client.Challenge(Encoding.Latin1.GetBytes(Said()[^1].Body[4..]));
        step = exchange.Take(Encoding.Latin1.GetBytes(client.Final(ScramKeys.Derive(password, Convert.FromBase64String(challenge.Salt), challenge.Iterations))), _out);
        return exchange;
    }

    [Fact]
    public void A_scram_proof_carries_the_keys_for_the_servers_login()
    {
        LoginProof proof = Scram(Secret(), out ProofStep step).Proof!;
        Assert.Equal(ProofStep.Proven, step);
        Assert.Equal((AuthMethod.Scram, "app", new ScramChallenge("AAAAAAAAAAAAAAAAAAAAAA==", 4096)), (proof.Method, proof.User, proof.KeysFor));
        Assert.Equal(Convert.ToHexString(ScramKeys.Derive("pencil", new byte[16], 4096).ClientKey), Convert.ToHexString(proof.Keys!.ClientKey));
        Assert.DoesNotContain("Keys", proof.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_role_is_is_said_only_to_who_has_its_password()
    {
        int failed = 0;
        RoleSecret expired = new() { Verifier = Secret().Verifier, Expired = true, Failed = () => failed++ };
        RoleSecret locked = new() { Verifier = Secret().Verifier, CanLogin = false, Failed = () => failed++ };
        RoleSecret full = new() { Verifier = Secret().Verifier, ConnectionLimit = 0 };
        Assert.Equal(SqlState.InvalidPassword, Assert.Throws<ProtocolException>(() => Scram(expired, out _)).SqlState);
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => Scram(locked, out _)).SqlState);
        Assert.Equal(SqlState.TooManyConnections, Assert.Throws<ProtocolException>(() => Scram(full, out _)).SqlState);
        Assert.Equal(1, failed);
        foreach (RoleSecret secret in new[] { expired, locked, full, Secret() })
        {
            ProtocolException refusal = Assert.Throws<ProtocolException>(() => Scram(secret, out _, "wrong"));
            Assert.Equal((SqlState.InvalidPassword, "password authentication failed for user \"app\""), (refusal.SqlState, refusal.Message));
        }

        Assert.Equal(3, failed);
    }

    [Theory]
    [InlineData("pencil", true)]
    [InlineData("wrong", false)]
    public void Md5_is_checked_as_Postgres_does(string password, bool fits)
    {
        ProofExchange exchange = Of(AuthMethod.Md5);
        exchange.Begin(_out);
        byte[] salt = Encoding.Latin1.GetBytes(Said()[0].Body[4..]);
        Assert.Equal(4, salt.Length);
#pragma warning disable CA5351
        string answer = "md5" + Convert.ToHexStringLower(MD5.HashData([.. Encoding.ASCII.GetBytes(RoleSecret.Md5Of(password, "app")), .. salt]));
#pragma warning restore CA5351
        Assert.Equal(ProofStep.Asked, exchange.Take(Encoding.ASCII.GetBytes(answer + "\0"), _out));
        if (fits)
        {
            Assert.Equal(ProofStep.Proven, exchange.Answer(new SecretAnswer(Secret()), _out));
            Assert.Null(exchange.Proof!.Keys);
        }
        else
        {
            Assert.Equal(SqlState.InvalidPassword, Assert.Throws<ProtocolException>(() => exchange.Answer(new SecretAnswer(Secret()), _out)).SqlState);
        }
    }

    [Fact]
    public void Md5_without_a_hash_fits_nothing()
    {
        ProofExchange exchange = Of(AuthMethod.Md5);
        exchange.Begin(_out);
        byte[] salt = Encoding.Latin1.GetBytes(Said()[0].Body[4..]);
#pragma warning disable CA5351
        exchange.Take(Encoding.ASCII.GetBytes("md5" + Convert.ToHexStringLower(MD5.HashData(salt)) + "\0"), _out);
#pragma warning restore CA5351
        Assert.Equal(SqlState.InvalidPassword, Assert.Throws<ProtocolException>(() => exchange.Answer(new SecretAnswer(new RoleSecret { Verifier = Secret().Verifier }), _out)).SqlState);
    }

    [Theory]
    [InlineData("CN=app", true)]
    [InlineData("O=Lockplane, CN=app, OU=x", true)]
    [InlineData("CN=APP", false)]
    [InlineData("CN=other", false)]
    [InlineData("O=app", false)]
    [InlineData("CN=app, CN=other", false)]
    [InlineData("CN=other, CN=app", false)]
    public void A_certificates_common_name_is_the_role(string subject, bool allowed)
    {
        using TestCa ca = new();
        using X509Certificate2 certificate = ca.Issue(subject, server: false);
        ProofExchange exchange = Of(AuthMethod.Cert, certificate: certificate);
        if (allowed)
        {
            Assert.Equal(ProofStep.Proven, exchange.Begin(_out));
            Assert.Equal("app", exchange.Proof!.CertificateName);
        }
        else
        {
            Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => exchange.Begin(_out)).SqlState);
        }
    }

    [Fact]
    public void A_map_says_which_roles_a_certificates_name_may_be()
    {
        using TestCa ca = new();
        using X509Certificate2 ann = ca.Issue("CN=ann", server: false), app = ca.Issue("CN=app", server: false);
        NameMap map = new("staff", ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("ann", ["other", "app"]));
        Assert.Equal(ProofStep.Proven, Of(AuthMethod.Cert, certificate: ann, map: map).Begin(_out));
        Assert.Throws<ProtocolException>(() => Of(AuthMethod.Cert, certificate: app, map: map).Begin(_out));
        Assert.Throws<ProtocolException>(() => Of(AuthMethod.Cert, tls: true).Begin(_out));
        Assert.Throws<ProtocolException>(() => Of(AuthMethod.Cert).Begin(_out));
    }

    [Fact]
    public void Trust_is_for_loopback()
    {
        Assert.Equal(ProofStep.Proven, Of(AuthMethod.Trust).Begin(_out));
        Assert.Equal(ProofStep.Proven, Of(AuthMethod.Trust, "::ffff:127.0.0.1").Begin(_out));
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => Of(AuthMethod.Trust, "10.1.2.3", tls: true).Begin(_out)).SqlState);
    }

    [Fact]
    public void OAuth_tells_a_client_without_a_token_where_to_get_one_and_then_refuses()
    {
        ProofExchange exchange = Of(AuthMethod.OAuth);
        exchange.Begin(_out);
        Assert.Equal([('R', "\0\0\0\u000aOAUTHBEARER\0\0")], Said());
        const string Discovery = "n,,\u0001auth=\u0001\u0001";
        Assert.Equal(ProofStep.Reading, exchange.Take(Encoding.Latin1.GetBytes($"OAUTHBEARER\0\0\0\0{(char)Discovery.Length}{Discovery}"), _out));
        Assert.Equal("\0\0\0\u000b{\"status\":\"invalid_token\",\"openid-configuration\":\"https://issuer/.well-known/openid-configuration\",\"scope\":\"openid db\"}", Said()[0].Body);
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => exchange.Take([1], _out)).SqlState);
    }

    [Fact]
    public void OAuth_lets_a_token_in_that_holds_and_refuses_one_that_does_not()
    {
        string response = OAuthBearerMessage.WriteToken("a.b.c");
        byte[] initial = Encoding.Latin1.GetBytes($"OAUTHBEARER\0\0\0\0{(char)response.Length}{response}");
        ProofExchange good = Of(AuthMethod.OAuth), bad = Of(AuthMethod.OAuth);
        DateTimeOffset expires = DateTimeOffset.UnixEpoch.AddYears(60);
        good.Begin(_out);
        Assert.Equal(ProofStep.Asked, good.Take(initial, _out));
        Assert.Equal("a.b.c", Assert.IsType<TokenQuestion>(good.Question).Token);
        Assert.DoesNotContain("a.b.c", good.Question.ToString(), StringComparison.Ordinal);
        Assert.Equal(ProofStep.Proven, good.Answer(new TokenAnswer(new TokenResult(ImmutableDictionary<string, string>.Empty.Add("tid", "acme"), null, expires)), _out));
        Assert.Equal(("acme", expires), (good.Proof!.Claims["tid"], good.Proof.Expires));

        bad.Begin(_out);
        bad.Take(initial, _out);
        Assert.Equal(ProofStep.Reading, bad.Answer(new TokenAnswer(new TokenResult(null, "it has expired")), _out));
        Assert.Contains("it has expired", Assert.Throws<ProtocolException>(() => bad.Take([1], _out)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AuthMethod.Jwt)]
    [InlineData(AuthMethod.OAuth)]
    public void A_token_is_never_asked_for_in_clear_text_from_afar(AuthMethod method)
    {
        Assert.Equal(SqlState.InvalidAuthorization, Assert.Throws<ProtocolException>(() => Of(method, "10.1.2.3").Begin(_out)).SqlState);
        Assert.Equal(0, _out.Count);
        Assert.Equal(ProofStep.Reading, Of(method, "10.1.2.3", tls: true).Begin(_out));
    }
}
