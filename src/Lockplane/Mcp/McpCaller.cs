using System.Security.Claims;
using Lockplane.Control;
using Lockplane.Hosting.Configuration;

namespace Lockplane.Mcp;

/// <summary>Who calls a tool, and the corridor of the database that the token is for.</summary>
internal sealed class McpCallers(LockplaneConfiguration configuration, IReadOnlyDictionary<string, ControlPlane> controlPlanes)
{
    public McpCaller Of(ClaimsPrincipal user)
    {
        string name = user.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("A tool was called without a token.");
        string database = configuration.McpTokens[name].Database;
        return new McpCaller(Principal.Agent(name), database, controlPlanes[database]);
    }
}

/// <summary>A token's principal, the name of its database in the configuration, and the corridor.</summary>
internal sealed record McpCaller(Principal Principal, string Database, ControlPlane Control);
