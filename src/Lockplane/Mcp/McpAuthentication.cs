using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Lockplane.Hosting.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Lockplane.Mcp;

/// <summary>Bearer tokens, known by their hashes. A token is a principal; its scopes are roles.</summary>
internal sealed class McpAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, LockplaneConfiguration configuration)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    private const string Prefix = SchemeName + " ";
    private const int LongestToken = 1_024;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || header.Length > LongestToken)
        {
            return Task.FromResult(AuthenticateResult.Fail("no bearer token"));
        }

        string? name = Find(header[Prefix.Length..].Trim());
        return Task.FromResult(name is null
            ? AuthenticateResult.Fail("unknown token")
            : AuthenticateResult.Success(new AuthenticationTicket(MakePrincipal(name, configuration.McpTokens[name]), SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = Request.Headers.Authorization.Count == 0 ? "Bearer realm=\"lockplane\"" : "Bearer realm=\"lockplane\", error=\"invalid_token\"";
        return Task.CompletedTask;
    }

    // All are compared, each in the same time, so that how long it took says nothing about which one was nearly right.
    private string? Find(string token)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        string? found = null;
        foreach ((string name, McpTokenSection section) in configuration.McpTokens)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(section.Sha256)))
            {
                found = name;
            }
        }

        return found;
    }

    private static ClaimsPrincipal MakePrincipal(string name, McpTokenSection token)
    {
        ClaimsIdentity identity = new(SchemeName);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, name));
        identity.AddClaims(token.Scopes.Select(scope => new Claim(ClaimTypes.Role, scope)));
        return new ClaimsPrincipal(identity);
    }
}
