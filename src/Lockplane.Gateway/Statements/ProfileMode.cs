namespace Lockplane.Gateway.Statements;

/// <summary>What becomes of a statement that the lists of a profile refuse.</summary>
public enum ProfileMode
{
    /// <summary>It is refused.</summary>
    Enforce,

    /// <summary>
    /// It passes, logged and counted, where only the lists of nodes, functions and settings are against it. What changes context, role, encoding or the schema, runs code that the gate cannot read, does not parse or is
    /// over a limit is refused all the same.
    /// </summary>
    Observe,
}
