using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Gateway.Authentication;

namespace Lockplane.Tests.Gateway.Authentication;

public sealed class TokenVerifierTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static readonly TokenVerifier Verifier = Made(new JwtOptions { Issuer = "issuer", Audience = "lockplane", Key = [.. Encoding.UTF8.GetBytes(Key)] });

    private static string In(int seconds) => DateTimeOffset.UtcNow.AddSeconds(seconds).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static string Claims(string role = "\"app\"", string issuer = "issuer", string audience = "\"lockplane\"", string? expiry = null, string more = "") =>
        $$"""{"iss":"{{issuer}}","aud":{{audience}},"exp":{{expiry ?? In(600)}},"role":{{role}},"tid":"acme"{{more}}}""";

    private static string Token(string claims, string header = """{"alg":"HS256","typ":"JWT"}""", string key = Key, Func<byte[], byte[], byte[]>? mac = null)
    {
        string text = $"{Base64Url(Encoding.UTF8.GetBytes(header))}.{Base64Url(Encoding.UTF8.GetBytes(claims))}";
        return $"{text}.{Base64Url((mac ?? HMACSHA256.HashData)(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    [Theory]
    [InlineData("\"app\"")]
    [InlineData("[\"other\",\"app\"]")]
    public async Task A_token_for_the_role_gives_its_plain_claims(string role)
    {
        TokenResult result = await Verifier.VerifyAsync(Token(Claims(role, more: ""","n":7,"list":["a","b"],"object":{"a":1},"nothing":null""")), "app", TestContext.Current.CancellationToken);
        Assert.Null(result.Reason);
        Assert.Equal(("acme", "7"), (result.Claims!["tid"], result.Claims["n"]));
        Assert.All(["list", "object", "nothing"], name => Assert.False(result.Claims.ContainsKey(name), name));
    }

    [Theory]
    [InlineData("9999999999999")]
    [InlineData("253402300800")]
    [InlineData("9223372036854775807")]
    [InlineData("1e300")]
    [InlineData("-9223372036854775808")]
    public async Task An_expiry_beyond_every_calendar_does_no_harm(string expiry)
    {
        TokenResult result = await Verifier.VerifyAsync(Token(Claims(expiry: expiry)), "app", TestContext.Current.CancellationToken);
        Assert.True(result.Claims is null || result.Expires > DateTimeOffset.UtcNow.AddYears(1_000), expiry);
        Assert.Equal(result.Claims is null, result.Reason is not null);
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "another role", Token(Claims("\"postgres\"")) },
        { "a role that only contains it", Token(Claims("\"app2\"")) },
        { "no role", Token($$"""{"iss":"issuer","aud":"lockplane","exp":{{In(600)}}}""") },
        { "another issuer", Token(Claims(issuer: "issuer2")) },
        { "no issuer", Token($$"""{"aud":"lockplane","exp":{{In(600)}},"role":"app"}""") },
        { "another audience", Token(Claims(audience: "\"other\"")) },
        { "no audience", Token($$"""{"iss":"issuer","exp":{{In(600)}},"role":"app"}""") },
        { "expired", Token(Claims(expiry: In(-60))) },
        { "no expiry", Token("""{"iss":"issuer","aud":"lockplane","role":"app"}""") },
        { "not valid yet", Token(Claims(more: $",\"nbf\":{In(600)}")) },
        { "another key", Token(Claims(), key: new string('x', 32)) },
        { "another algorithm", Token(Claims(), """{"alg":"HS512"}""", mac: HMACSHA512.HashData) },
        { "no algorithm", Token(Claims(), """{"alg":"none"}""")[..^43] },
        { "no signature", Token(Claims())[..^43] },
        { "no token", "abc" },
        { "nothing", "" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_token_that_does_not_hold_is_refused(string what, string token)
    {
        TokenResult result = await Verifier.VerifyAsync(token, "app", TestContext.Current.CancellationToken);
        Assert.True(result.Claims is null, what);
        Assert.NotEmpty(result.Reason!);
        Assert.True(token.Length < 4 || !result.Reason!.Contains(token, StringComparison.Ordinal));
    }

    private static JwtOptions Public(TokenAlgorithm algorithm, string? file = null, string? set = null, string? url = null) => new()
    {
        Issuer = "issuer", Audience = "lockplane", Algorithm = algorithm, PublicKeyFile = file, JwksFile = set, JwksUrl = url is null ? null : new Uri(url),
    };

    private static TokenVerifier Made(JwtOptions options, NameMap? map = null) => new(options, new KeySet(options, TimeProvider.System), map);

    private static string Signed(string algorithm, string? kid, Func<byte[], byte[]> sign) =>
        Token(Claims(), kid is null ? $$"""{"alg":"{{algorithm}}"}""" : $$"""{"alg":"{{algorithm}}","kid":"{{kid}}"}""", mac: (_, text) => sign(text));

    private static string Jwk(RSA key, string kid)
    {
        RSAParameters parameters = key.ExportParameters(false);
        return $$"""{"kty":"RSA","kid":"{{kid}}","use":"sig","n":"{{Base64Url(parameters.Modulus!)}}","e":"{{Base64Url(parameters.Exponent!)}}"}""";
    }

    private static string Jwk(ECDsa key, string kid)
    {
        ECParameters parameters = key.ExportParameters(false);
        return $$"""{"kty":"EC","crv":"P-256","kid":"{{kid}}","x":"{{Base64Url(parameters.Q.X!)}}","y":"{{Base64Url(parameters.Q.Y!)}}"}""";
    }

    private static async Task<bool> HoldsAsync(TokenVerifier verifier, string token) => (await verifier.VerifyAsync(token, "app", TestContext.Current.CancellationToken)).Claims is not null;

    [Fact]
    public async Task Tokens_are_checked_by_public_keys_of_files()
    {
        string folder = Directory.CreateTempSubdirectory("lockplane-keys-").FullName;
        try
        {
            using RSA rsa = RSA.Create(2048);
            using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            string rsaToken = Signed("RS256", null, text => rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            string ecToken = Signed("ES256", "e1", text => ec.SignData(text, HashAlgorithmName.SHA256));
            string Write(string name, string text)
            {
                File.WriteAllText(Path.Combine(folder, name), text);
                return Path.Combine(folder, name);
            }

            string rsaPem = Write("rsa.pem", rsa.ExportSubjectPublicKeyInfoPem()), ecPem = Write("ec.pem", ec.ExportSubjectPublicKeyInfoPem());
            string set = Write("set.json", $$"""{"keys":[{{Jwk(rsa, "r1")}},{{Jwk(ec, "e1")}}]}""");
            Assert.True(await HoldsAsync(Made(Public(TokenAlgorithm.RS256, rsaPem)), rsaToken));
            Assert.True(await HoldsAsync(Made(Public(TokenAlgorithm.RS256, Write("rsa.jwk", Jwk(rsa, "r1")))), rsaToken));
            Assert.True(await HoldsAsync(Made(Public(TokenAlgorithm.ES256, ecPem)), ecToken));
            Assert.True(await HoldsAsync(Made(Public(TokenAlgorithm.ES256, set: set)), ecToken));
            Assert.True(await HoldsAsync(Made(Public(TokenAlgorithm.RS256, set: set)), rsaToken));
            Assert.False(await HoldsAsync(Made(Public(TokenAlgorithm.ES256, set: set)), rsaToken));
            Assert.False(await HoldsAsync(Made(Public(TokenAlgorithm.ES256, set: set)), Signed("ES256", "unknown", text => ec.SignData(text, HashAlgorithmName.SHA256))));
            Assert.False(await HoldsAsync(Made(Public(TokenAlgorithm.RS256, rsaPem)), rsaToken[..^8] + "AAAAAAAA"));

            // The public key as the secret of an HMAC: an old trick against whoever lets the token choose.
            string confused = Token(Claims(), key: File.ReadAllText(rsaPem));
            Assert.False(await HoldsAsync(Made(Public(TokenAlgorithm.RS256, rsaPem)), confused));
            Assert.Throws<Lockplane.Sql.Errors.LockplaneException>(() => Made(Public(TokenAlgorithm.ES256, rsaPem)));
            using RSA small = RSA.Create(1024);
            Assert.Throws<Lockplane.Sql.Errors.LockplaneException>(() => Made(Public(TokenAlgorithm.RS256, Write("small.pem", small.ExportSubjectPublicKeyInfoPem()))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_key_set_is_fetched_once_and_again_for_an_unknown_key_at_most_once_a_minute()
    {
        using RSA first = RSA.Create(2048), second = RSA.Create(2048);
        ManualTime time = new();
        SetOfTest network = new() { Body = $$"""{"keys":[{{Jwk(first, "k1")}}]}""" };
        JwtOptions options = Public(TokenAlgorithm.RS256, url: "https://issuer/keys");
        TokenVerifier verifier = new(options, new KeySet(options, time, network));
        string old = Signed("RS256", "k1", text => first.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        string renewed = Signed("RS256", "k2", text => second.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.True(await HoldsAsync(verifier, old));
        Assert.True(await HoldsAsync(verifier, old));
        Assert.Equal(1, network.Asked);

        network.Body = $$"""{"keys":[{{Jwk(first, "k1")}},{{Jwk(second, "k2")}}]}""";
        Assert.False(await HoldsAsync(verifier, renewed));
        Assert.Equal(1, network.Asked);
        time.Forward(TimeSpan.FromSeconds(61));
        Assert.True(await HoldsAsync(verifier, renewed));
        Assert.Equal(2, network.Asked);

        // The issuer is away: what is known stays in force for a day.
        network.Body = null;
        time.Forward(TimeSpan.FromHours(2));
        Assert.True(await HoldsAsync(verifier, renewed));
        Assert.Equal(3, network.Asked);
        time.Forward(TimeSpan.FromHours(23));
        Assert.False(await HoldsAsync(verifier, renewed));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}]}")]
    [InlineData("{\"keys\":[]}")]
    public async Task A_set_without_public_keys_lets_nobody_in(string body)
    {
        JwtOptions options = Public(TokenAlgorithm.RS256, url: "https://issuer/keys");
        TokenVerifier verifier = new(options, new KeySet(options, new ManualTime(), new SetOfTest { Body = body }));
        Assert.False(await HoldsAsync(verifier, Token(Claims())));
        Assert.False(await HoldsAsync(verifier, Token(Claims(), """{"alg":"RS256"}""")));
    }

    [Fact]
    public async Task A_map_takes_the_subject_in_place_of_the_role_claim()
    {
        NameMap map = new("staff", System.Collections.Immutable.ImmutableDictionary<string, System.Collections.Immutable.ImmutableArray<string>>.Empty.Add("ann", ["app"]));
        TokenVerifier verifier = Made(new JwtOptions { Issuer = "issuer", Audience = "lockplane", Key = [.. Encoding.UTF8.GetBytes(Key)] }, map);
        Assert.True(await HoldsAsync(verifier, Token(Claims("\"nobody\"", more: ",\"sub\":\"ann\""))));
        Assert.False(await HoldsAsync(verifier, Token(Claims("\"app\"", more: ",\"sub\":\"bob\""))));
        Assert.False(await HoldsAsync(verifier, Token(Claims("\"app\"", more: ",\"sub\":[\"ann\",\"bob\"]"))));
        Assert.False(await HoldsAsync(verifier, Token(Claims("\"app\""))));
    }

    [Fact]
    public async Task A_token_without_end_is_refused_before_it_is_read() =>
        Assert.Contains("longer than", (await Verifier.VerifyAsync(new string('a', 40_000), "app", TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);

    [Fact]
    public async Task A_token_says_when_it_ends()
    {
        TokenResult result = await Verifier.VerifyAsync(Token(Claims(expiry: "4102444800")), "app", TestContext.Current.CancellationToken);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(4102444800), result.Expires);
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now = TimeSpan.TicksPerDay;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Forward(TimeSpan time) => _now += time.Ticks;
    }

    private sealed class SetOfTest : HttpMessageHandler
    {
        public string? Body { get; set; }

        public int Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult(Body is null ? new HttpResponseMessage(System.Net.HttpStatusCode.BadGateway) : new HttpResponseMessage { Content = new StringContent(Body) });
        }
    }
}
