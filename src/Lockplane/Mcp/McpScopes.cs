namespace Lockplane.Mcp;

/// <summary>What a token may do: the words of <c>[mcp.tokens.NAME] scopes</c>.</summary>
internal static class McpScopes
{
    /// <summary>Read the schema.</summary>
    public const string Inspect = "inspect";

    /// <summary>Make plans.</summary>
    public const string Plan = "plan";

    /// <summary>Apply plans that need no approval, or have one.</summary>
    public const string Apply = "apply";

    /// <summary>Read the ledger.</summary>
    public const string Ledger = "ledger";
}
