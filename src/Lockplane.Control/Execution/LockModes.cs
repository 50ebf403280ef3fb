namespace Lockplane.Control.Execution;

/// <summary>Postgres's table lock modes, weakest first.</summary>
/// <remarks>Spec: Postgres's manual, "Explicit Locking" (13.3.1).</remarks>
internal static class LockModes
{
    private static readonly (string Name, string Sql)[] Modes =
    [
        ("AccessShare", "ACCESS SHARE"),
        ("RowShare", "ROW SHARE"),
        ("RowExclusive", "ROW EXCLUSIVE"),
        ("ShareUpdateExclusive", "SHARE UPDATE EXCLUSIVE"),
        ("Share", "SHARE"),
        ("ShareRowExclusive", "SHARE ROW EXCLUSIVE"),
        ("Exclusive", "EXCLUSIVE"),
        ("AccessExclusive", "ACCESS EXCLUSIVE"),
    ];

    /// <summary>The strongest of the modes, as LOCK TABLE writes it; a name that is not known counts as the strongest there is.</summary>
    internal static string Strongest(IEnumerable<string> names) =>
        Modes[names.Max(n => Array.FindIndex(Modes, m => m.Name == n) is var i and >= 0 ? i : Modes.Length - 1)].Sql;
}
