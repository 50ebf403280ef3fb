namespace Lockplane.Control;

/// <summary>Who acts, through which door.</summary>
/// <param name="Name"><c>db:&lt;role&gt;</c> at the CLI, <c>agent:&lt;token name&gt;</c> over MCP, <c>session:&lt;login role&gt;</c> at the gateway, <c>person:&lt;name&gt;</c> for an approver.</param>
/// <param name="Door">cli, mcp or gateway.</param>
public sealed record Principal(string Name, string Door)
{
    /// <summary>Whether it is a program that acts for a person: it may never approve.</summary>
    public bool IsAgent => Name.StartsWith("agent:", StringComparison.Ordinal) || Name.StartsWith("session:", StringComparison.Ordinal);

    /// <summary>A database role at the command line.</summary>
    public static Principal Cli(string role) => new($"db:{role}", "cli");

    /// <summary>A token over MCP.</summary>
    public static Principal Agent(string token) => new($"agent:{token}", "mcp");

    /// <summary>A login role at the gateway.</summary>
    public static Principal Session(string role) => new($"session:{role}", "gateway");
}
