namespace Lockplane.Schema.Kinds;

/// <summary>A view.</summary>
/// <remarks>Spec: CREATE VIEW. Of its columns only name, type, collation and default are facts.</remarks>
public sealed record ViewFacts : RelationFacts
{
    /// <summary>The query as <c>pg_get_viewdef</c> writes it.</summary>
    [System.Text.Json.Serialization.JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary>Conditions of the user's cannot see rows that the view leaves out.</summary>
    public bool SecurityBarrier { get; init; }

    /// <summary>What it reads is read with the rights of who asks, and not of its owner.</summary>
    public bool SecurityInvoker { get; init; }

    /// <summary><c>local</c> or <c>cascaded</c>; null for none.</summary>
    public string? CheckOption { get; init; }
}
