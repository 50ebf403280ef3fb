using System.Collections.Immutable;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Lockplane.Gateway.Authentication;

/// <summary>A token's claims once it holds, or why it does not. The reason names a check, never a value of the token.</summary>
internal sealed record TokenResult(ImmutableDictionary<string, string>? Claims, string? Reason, DateTimeOffset? Expires = null);

/// <summary>Checks the tokens of one rule.</summary>
internal sealed class TokenVerifier
{
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = 64 * 1024, MapInboundClaims = false };
    private readonly TokenValidationParameters _parameters;
    private readonly JwtOptions _options;

    public TokenVerifier(JwtOptions options)
    {
        _options = options;
        _parameters = new TokenValidationParameters
        {
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            IssuerSigningKey = new SymmetricSecurityKey([.. options.Key]),
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidateIssuer = true,
            ValidateAudience = true,
            ValidateLifetime = true,
            ValidateIssuerSigningKey = true,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            RequireAudience = true,
            TryAllIssuerSigningKeys = true,
            ClockSkew = options.ClockSkew,
            IncludeTokenOnFailedValidation = false,
            LogValidationExceptions = false,
        };
    }

    /// <summary>Checks signature, issuer, audience, expiry, and that the token is for <paramref name="role"/>. Never throws for a bad token.</summary>
    public async Task<TokenResult> VerifyAsync(string token, string role)
    {
        TokenValidationResult result;
        try
        {
            result = await _handler.ValidateTokenAsync(token, _parameters).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return new TokenResult(null, Reason(e));
        }

        if (!result.IsValid || result.SecurityToken is not JsonWebToken valid)
        {
            return new TokenResult(null, Reason(result.Exception));
        }

        bool allowed = valid.Claims.Any(claim => claim.Type == _options.RoleClaim && string.Equals(claim.Value, role, StringComparison.Ordinal));
        return allowed ? new TokenResult(Single(valid), null, new DateTimeOffset(valid.ValidTo, TimeSpan.Zero)) : new TokenResult(null, $"the claim {_options.RoleClaim} does not allow this role");
    }

    /// <summary>The claims with one plain value; lists and objects are left out, so that a rule that names one finds nothing.</summary>
    private static ImmutableDictionary<string, string> Single(JsonWebToken token) => token.Claims
        .Where(claim => claim.ValueType is not (JsonClaimValueTypes.Json or JsonClaimValueTypes.JsonArray or JsonClaimValueTypes.JsonNull))
        .GroupBy(claim => claim.Type, StringComparer.Ordinal)
        .Where(group => group.Count() == 1)
        .ToImmutableDictionary(group => group.Key, group => group.Single().Value, StringComparer.Ordinal);

    private static string Reason(Exception? exception) => exception switch
    {
        SecurityTokenExpiredException => "it has expired",
        SecurityTokenNotYetValidException => "it is not valid yet",
        SecurityTokenNoExpirationException => "it has no expiry",
        SecurityTokenInvalidIssuerException => "its issuer is not the configured one",
        SecurityTokenInvalidAudienceException => "its audience is not the configured one",
        SecurityTokenInvalidAlgorithmException => "its algorithm is not the configured one",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "its signature does not hold",
        _ => "it is malformed or does not hold",
    };
}
