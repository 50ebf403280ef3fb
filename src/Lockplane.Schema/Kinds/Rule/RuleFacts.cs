namespace Lockplane.Schema.Kinds;

/// <summary>A rule of a table or view; the one that is a view's query is none.</summary>
/// <remarks>Spec: CREATE RULE.</remarks>
public sealed record RuleFacts : ObjectFacts
{
    /// <summary>What stands behind <c>CREATE RULE ... AS</c>, as Postgres writes it.</summary>
    [System.Text.Json.Serialization.JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary><c>disabled</c>, <c>replica</c> or <c>always</c>; null for the usual.</summary>
    public string? Enabled { get; init; }
}
