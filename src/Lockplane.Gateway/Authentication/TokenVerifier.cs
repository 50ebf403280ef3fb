using System.Collections.Immutable;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Lockplane.Gateway.Authentication;

/// <summary>A token's claims once it holds, or why it does not. The reason names a check, never a value of the token.</summary>
internal sealed record TokenResult(ImmutableDictionary<string, string>? Claims, string? Reason, DateTimeOffset? Expires = null);

/// <summary>Checks the tokens of one rule.</summary>
internal sealed class TokenVerifier
{
    private const int LongestToken = 32 * 1024;

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = LongestToken, MapInboundClaims = false };
    private readonly TokenValidationParameters _parameters;
    private readonly JwtOptions _options;
    private readonly NameMap? _map;
    private readonly KeySet _keys;

    /// <param name="options">What tokens must say, and who signs them.</param>
    /// <param name="keys">Of whoever makes it: they outlive it where a reload leaves their source as it is.</param>
    /// <param name="map">From subjects to roles; null where the role claim says.</param>
    public TokenVerifier(JwtOptions options, KeySet keys, NameMap? map = null)
    {
        _options = options;
        _map = map;
        _keys = keys;
        _parameters = new TokenValidationParameters
        {
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            ValidAlgorithms = [options.Algorithm.ToString()],
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
    public async ValueTask<TokenResult> VerifyAsync(string token, string role, CancellationToken cancellation = default)
    {
        TokenValidationResult result;
        try
        {
            if (token.Length is 0 or > LongestToken)
            {
                return new TokenResult(null, $"it is empty or longer than {LongestToken} bytes");
            }

            JsonWebToken header = new(token);
            if (header.Alg != _options.Algorithm.ToString())
            {
                return new TokenResult(null, "its algorithm is not the configured one");
            }

            ImmutableArray<SecurityKey> keys = await _keys.FindAsync(header.Kid, cancellation).ConfigureAwait(false);
            if (keys.IsEmpty)
            {
                return new TokenResult(null, "the key that signed it is not known");
            }

            TokenValidationParameters parameters = _parameters.Clone();
            parameters.IssuerSigningKeys = keys;
            result = await _handler.ValidateTokenAsync(token, parameters).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or FormatException or System.Text.Json.JsonException)
        {
            return new TokenResult(null, Reason(e));
        }

        if (!result.IsValid || result.SecurityToken is not JsonWebToken valid)
        {
            return new TokenResult(null, Reason(result.Exception));
        }

        return Allows(valid, role) is { } reason ? new TokenResult(null, reason) : new TokenResult(Single(valid), null, new DateTimeOffset(valid.ValidTo, TimeSpan.Zero));
    }

    /// <summary>Why the token does not let the role in; null when it does.</summary>
    private string? Allows(JsonWebToken token, string role)
    {
        if (_map is null)
        {
            return token.Claims.Any(claim => claim.Type == _options.RoleClaim && string.Equals(claim.Value, role, StringComparison.Ordinal))
                ? null : $"the claim {_options.RoleClaim} does not allow this role";
        }

        return Single(token).TryGetValue(_options.SubjectClaim, out string? subject) && _map.Allows(subject, role)
            ? null : $"the map {_map.Name} does not allow this role for the claim {_options.SubjectClaim}";
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
