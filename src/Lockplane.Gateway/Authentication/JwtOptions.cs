using System.Collections.Immutable;
using System.Net;

namespace Lockplane.Gateway.Authentication;

/// <summary>How tokens are signed.</summary>
public enum TokenAlgorithm
{
    /// <summary>HMAC with SHA-256, by a key that issuer and gateway share.</summary>
    HS256,

    /// <summary>RSA with SHA-256.</summary>
    RS256,

    /// <summary>ECDSA on P-256 with SHA-256.</summary>
    ES256,
}

/// <summary>How a token is checked. The algorithm is the configured one: what a token's own header says does not choose it.</summary>
public sealed record JwtOptions
{
    /// <summary>What <c>iss</c> must be.</summary>
    public required string Issuer { get; init; }

    /// <summary>What <c>aud</c> must hold.</summary>
    public required string Audience { get; init; }

    /// <summary><c>algorithm</c>.</summary>
    public TokenAlgorithm Algorithm { get; init; } = TokenAlgorithm.HS256;

    /// <summary><c>key</c>: the shared key of HS256, at least 32 bytes.</summary>
    public ImmutableArray<byte> Key { get; init; } = [];

    /// <summary><c>public_key</c>: the file of a public key, in PEM or as a JWK.</summary>
    public string? PublicKeyFile { get; init; }

    /// <summary><c>jwks</c>: the file of a set of public keys.</summary>
    public string? JwksFile { get; init; }

    /// <summary><c>jwks</c>: where the set of public keys is fetched: by https, by http on loopback only.</summary>
    public Uri? JwksUrl { get; init; }

    /// <summary>The claim that names the roles that the token may log in as: a string or a list. Not read where the rule has a map.</summary>
    public string RoleClaim { get; init; } = "role";

    /// <summary>The claim that a rule's map maps to roles.</summary>
    public string SubjectClaim { get; init; } = "sub";

    /// <summary>For <see cref="AuthMethod.OAuth"/>: what a client without a token is told to ask for.</summary>
    public string Scope { get; init; } = "";

    /// <summary>For <see cref="AuthMethod.OAuth"/>: where a client without a token finds out how to get one.</summary>
    internal string OpenIdConfiguration => Issuer.Contains("/.well-known/", StringComparison.Ordinal) ? Issuer : Issuer.TrimEnd('/') + "/.well-known/openid-configuration";

    /// <summary>How far the issuer's clock may be from ours.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>token_grace</c>: how long a session may outlive its token.</summary>
    public TimeSpan TokenGrace { get; init; }

    internal void Validate()
    {
        GatewayOptions.Require(Issuer.Length > 0, "auth.issuer", "empty", "what the claim iss must be");
        GatewayOptions.Require(Audience.Length > 0, "auth.audience", "empty", "what the claim aud must hold");
        GatewayOptions.Require(RoleClaim.Length > 0, "auth.role_claim", "empty", "the name of a claim");
        GatewayOptions.Require(SubjectClaim.Length > 0, "auth.subject_claim", "empty", "the name of a claim");
        GatewayOptions.Require(ClockSkew >= TimeSpan.Zero && ClockSkew <= TimeSpan.FromMinutes(5), "auth.clock_skew", ClockSkew, "0 to 5 minutes");
        int publicKeys = (PublicKeyFile is null ? 0 : 1) + (JwksFile is null ? 0 : 1) + (JwksUrl is null ? 0 : 1);
        if (Algorithm == TokenAlgorithm.HS256)
        {
            // A set of public keys must never verify a MAC: whoever knows the public key could make one.
            GatewayOptions.Require(publicKeys == 0, "auth.algorithm", "HS256 with a public key", "key alone");
            GatewayOptions.Require(Key.Length >= 32, "auth.key", $"{Key.Length} bytes long", "at least 32 bytes");
            return;
        }

        GatewayOptions.Require(Key.IsDefaultOrEmpty, "auth.key", "given", $"public_key or jwks for {Algorithm}");
        GatewayOptions.Require(publicKeys == 1, "auth.public_key", publicKeys == 0 ? null : "given beside jwks", $"one of public_key and jwks for {Algorithm}");
        GatewayOptions.Require(JwksUrl is null || IsSafe(JwksUrl), "auth.jwks", JwksUrl, "an https:// URL, or http:// on loopback");
    }

    /// <summary>Without the key.</summary>
    public override string ToString() => $"JwtOptions {{ Issuer = {Issuer}, Audience = {Audience}, Algorithm = {Algorithm}, RoleClaim = {RoleClaim} }}";

    private static bool IsSafe(Uri url) => url.IsAbsoluteUri && url.UserInfo.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address)));
}
