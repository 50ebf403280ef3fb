using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Gateway;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Gateway.Servers;
using Lockplane.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockplane.Tests.Gateway.Authentication;

public sealed class LoginAuthorityTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    private static GatewayOptions Options(AuthRule? rule = null, ServerOptions? server = null) => new()
    {
        Server = server ?? new ServerOptions(), Users = Userlist.Empty, Auth = rule is null ? [] : [rule], Identity = [],
    };

    private static AuthRule ByToken(string url, TokenAlgorithm algorithm = TokenAlgorithm.RS256, string audience = "lockplane") => new()
    {
        Method = AuthMethod.Jwt, Jwt = new JwtOptions { Issuer = "issuer", Audience = audience, Algorithm = algorithm, JwksUrl = new Uri(url) },
    };

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Token(RSA key, string audience = "lockplane")
    {
        string expiry = DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string claims = $$"""{"iss":"issuer","aud":"{{audience}}","exp":{{expiry}},"role":"app"}""";
        string text = $"{Base64Url(Encoding.UTF8.GetBytes("""{"alg":"RS256","kid":"k1"}"""))}.{Base64Url(Encoding.UTF8.GetBytes(claims))}";
        return $"{text}.{Base64Url(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static async Task<bool> HoldsAsync(LoginAuthority authority, AuthRule rule, string token)
    {
        LoginAnswer answer = await authority.AnswerAsync(new TokenQuestion(rule, token, "app"), TestContext.Current.CancellationToken);
        return Assert.IsType<TokenAnswer>(answer).Result.Claims is not null;
    }

    [Fact]
    public async Task Fetched_keys_outlive_a_reload_that_leaves_their_URL_and_algorithm_as_they_are()
    {
        using RSA key = RSA.Create(2048);
        RSAParameters shown = key.ExportParameters(false);
        Issuer issuer = new() { Body = $$"""{"keys":[{"kty":"RSA","kid":"k1","use":"sig","n":"{{Base64Url(shown.Modulus!)}}","e":"{{Base64Url(shown.Exponent!)}}"}]}""" };
        AuthRule rule = ByToken("https://issuer/keys");
        await using LoginAuthority authority = new(Options(rule), NullLogger.Instance, network: () => new Way(issuer));
        Assert.True(await HoldsAsync(authority, rule, Token(key)));

        // The issuer is away from here on; the rule itself may change beside the source of its keys.
        issuer.Body = null;
        authority.Reload(Options(ByToken("https://issuer/keys")));
        Assert.True(await HoldsAsync(authority, rule, Token(key)));
        AuthRule other = ByToken("https://issuer/keys", audience: "elsewhere");
        authority.Reload(Options(other));
        Assert.True(await HoldsAsync(authority, other, Token(key, "elsewhere")));
        Assert.False(await HoldsAsync(authority, other, Token(key)));
        Assert.Equal(1, issuer.Asked);

        // Keys of one source are not another's.
        AuthRule moved = ByToken("https://issuer/others");
        authority.Reload(Options(moved));
        Assert.False(await HoldsAsync(authority, moved, Token(key)));
        Assert.Equal(2, issuer.Asked);
        AuthRule elliptic = ByToken("https://issuer/others", TokenAlgorithm.ES256);
        authority.Reload(Options(elliptic));
        Assert.False(await HoldsAsync(authority, elliptic, Token(key)));
    }

    [Fact]
    public async Task The_auth_query_keeps_its_connection_over_a_reload_that_leaves_its_server_as_it_is()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        ServerOptions server = new()
        {
            Port = ((IPEndPoint)silent.LocalEndpoint).Port, AuthQuery = new AuthQueryOptions { User = "reader", Secret = "secret" }, Users = Userlist.Of("app", "one"),
        };
        await using LoginAuthority authority = new(Options(server: server), NullLogger.Instance);
        Task<LoginAnswer> first = authority.AnswerAsync(new SecretQuestion("ann"), TestContext.Current.CancellationToken).AsTask();
        using TcpClient connection = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        // Another role's password changes; the question that waits is the one that the second login waits for too.
        authority.Reload(Options(server: server with { Users = Userlist.Of("app", "two") }));
        Task<LoginAnswer> second = authority.AnswerAsync(new SecretQuestion("ann"), TestContext.Current.CancellationToken).AsTask();
        Assert.False(silent.Pending());
        connection.Close();
        Assert.Equal("57P03", (await Assert.ThrowsAsync<ProtocolException>(() => first.WaitAsync(Hang, TestContext.Current.CancellationToken))).SqlState);
        Assert.Equal("57P03", (await Assert.ThrowsAsync<ProtocolException>(() => second.WaitAsync(Hang, TestContext.Current.CancellationToken))).SqlState);
        Assert.False(silent.Pending());
    }

    [Fact]
    public async Task The_auth_query_is_the_same_only_for_the_same_server_secret_and_certificates()
    {
        string file = Path.GetTempFileName();
        try
        {
            using ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            string Certificate(string name) => new System.Security.Cryptography.X509Certificates.CertificateRequest($"CN={name}", pair, HashAlgorithmName.SHA256)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)).ExportCertificatePem();
            await File.WriteAllTextAsync(file, Certificate("one"), TestContext.Current.CancellationToken);
            ServerOptions server = new()
            {
                AuthQuery = new AuthQueryOptions { User = "reader" }, Users = Userlist.Of("reader", "one"), Tls = new Lockplane.Gateway.Tls.TlsOptions { CaFile = file },
            };
            await using AuthQuery query = new(server, TimeProvider.System, NullLogger.Instance);
            Assert.True(query.IsOf(server with { Users = Userlist.Of("reader", "one") }));
            Assert.False(query.IsOf(server with { Users = Userlist.Of("reader", "two") }));
            Assert.False(query.IsOf(server with { Port = 5433 }));
            Assert.False(query.IsOf(server with { AuthQuery = server.AuthQuery with { Text = "SELECT $1" } }));
            await File.WriteAllTextAsync(file, Certificate("two"), TestContext.Current.CancellationToken);
            Assert.False(query.IsOf(server));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<string> SaltAsync(LoginAuthority authority, string role)
    {
        LoginAnswer answer = await authority.AnswerAsync(new SecretQuestion(role), TestContext.Current.CancellationToken);
        return Assert.IsType<SecretAnswer>(answer).Secret.Verifier.Challenge.Salt;
    }

    [Fact]
    public async Task An_unknown_role_has_the_same_salt_in_every_process_with_the_same_key_and_after_a_reload()
    {
        GatewayOptions options = Options() with { MockSaltKey = [.. Enumerable.Repeat((byte)7, 32)] };
        await using LoginAuthority one = new(options, NullLogger.Instance), other = new(options, NullLogger.Instance), random = new(Options(), NullLogger.Instance);
        string salt = await SaltAsync(one, "nobody");
        Assert.Equal(salt, await SaltAsync(other, "nobody"));
        Assert.NotEqual(salt, await SaltAsync(other, "somebody"));
        Assert.NotEqual(salt, await SaltAsync(random, "nobody"));
        one.Reload(Options());
        Assert.Equal(salt, await SaltAsync(one, "nobody"));
    }

    private sealed class Issuer
    {
        public string? Body { get; set; }

        public int Asked { get; set; }
    }

    private sealed class Way(Issuer issuer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            issuer.Asked++;
            return Task.FromResult(issuer.Body is null ? new HttpResponseMessage(HttpStatusCode.BadGateway) : new HttpResponseMessage { Content = new StringContent(issuer.Body) });
        }
    }
}
