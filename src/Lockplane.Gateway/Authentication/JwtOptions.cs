using System.Collections.Immutable;

namespace Lockplane.Gateway.Authentication;

/// <summary>How a token is checked. The algorithm is pinned to HS256: what a token's own header says does not matter.</summary>
public sealed record JwtOptions
{
    /// <summary>What <c>iss</c> must be.</summary>
    public required string Issuer { get; init; }

    /// <summary>What <c>aud</c> must hold.</summary>
    public required string Audience { get; init; }

    /// <summary>The shared key, at least 32 bytes.</summary>
    public required ImmutableArray<byte> Key { get; init; }

    /// <summary>The claim that names the roles that the token may log in as: a string or a list.</summary>
    public string RoleClaim { get; init; } = "role";

    /// <summary>For <see cref="AuthMethod.OAuth"/>: what a client without a token is told to ask for.</summary>
    public string Scope { get; init; } = "";

    /// <summary>For <see cref="AuthMethod.OAuth"/>: where a client without a token finds out how to get one.</summary>
    internal string OpenIdConfiguration => Issuer.Contains("/.well-known/", StringComparison.Ordinal) ? Issuer : Issuer.TrimEnd('/') + "/.well-known/openid-configuration";

    /// <summary>How far the issuer's clock may be from ours.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        GatewayOptions.Require(Issuer.Length > 0, "auth.jwt.issuer", "empty", "what the claim iss must be");
        GatewayOptions.Require(Audience.Length > 0, "auth.jwt.audience", "empty", "what the claim aud must hold");
        GatewayOptions.Require(RoleClaim.Length > 0, "auth.jwt.role_claim", "empty", "the name of a claim");
        GatewayOptions.Require(Key.Length >= 32, "auth.jwt.key", $"{Key.Length} bytes long", "at least 32 bytes");
        GatewayOptions.Require(ClockSkew >= TimeSpan.Zero && ClockSkew <= TimeSpan.FromMinutes(5), "auth.jwt.clock_skew", ClockSkew, "0 to 5 minutes");
    }

    /// <summary>Without the key.</summary>
    public override string ToString() => $"JwtOptions {{ Issuer = {Issuer}, Audience = {Audience}, RoleClaim = {RoleClaim} }}";
}
