namespace Lockplane.Schema.Kinds;

/// <summary>A trigger of a table, foreign table or view; on a partition, the state of what it has from its parent's trigger, where that is another.</summary>
/// <remarks>Spec: CREATE TRIGGER.</remarks>
public sealed record TriggerFacts : ObjectFacts
{
    /// <summary>What stands behind the name in CREATE TRIGGER, as Postgres writes it; null where it comes from the parent.</summary>
    public string? Definition { get; init; }

    /// <summary>CREATE CONSTRAINT TRIGGER.</summary>
    public bool Constraint { get; init; }

    /// <summary><c>disabled</c>, <c>replica</c> or <c>always</c>; null for the usual, which is written <c>origin</c> where it comes from the parent.</summary>
    public string? Enabled { get; init; }

    /// <summary>It comes from the trigger of the partitioned table and only fires otherwise.</summary>
    public bool FromParent { get; init; }
}
