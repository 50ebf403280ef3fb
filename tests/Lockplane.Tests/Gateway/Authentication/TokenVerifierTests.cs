using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Gateway.Authentication;

namespace Lockplane.Tests.Gateway.Authentication;

public sealed class TokenVerifierTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static readonly TokenVerifier Verifier = new(new JwtOptions { Issuer = "issuer", Audience = "lockplane", Key = [.. Encoding.UTF8.GetBytes(Key)] });

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
}
