using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Lockplane.Dev;

/// <summary>The tokens that <c>lockplane dev</c> hands out, so that a login by token can be tried without an identity provider.</summary>
internal static class DevToken
{
    public const string Issuer = "lockplane-dev";

    public const string Audience = "lockplane";

    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>A token that logs in as one role, for one tenant and user.</summary>
    public static string Create(string key, string role, string tenant, string user) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        Expires = DateTime.UtcNow + Lifetime,
        Claims = new Dictionary<string, object> { ["role"] = role, ["tid"] = tenant, ["sub"] = user },
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)), SecurityAlgorithms.HmacSha256),
    });
}
