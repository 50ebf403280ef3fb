namespace Lockplane.Gateway.Statements;

/// <summary>The profiles that there are: what each lets pass is a list of its own, and what becomes of schema changes differs.</summary>
public enum ProfileKind
{
    /// <summary>The default: reads and changes rows; a schema change is refused and planned.</summary>
    Application,

    /// <summary>As an application; a schema change outside a transaction block is applied through the corridor.</summary>
    Migrator,

    /// <summary>Reads only.</summary>
    Observer,

    /// <summary>No gate: every text passes. Its sessions carry no context.</summary>
    Passthrough,
}
