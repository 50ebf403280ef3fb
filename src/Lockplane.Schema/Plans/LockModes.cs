namespace Lockplane.Schema.Plans;

/// <summary>Postgres's table lock modes, by the names that plans use: the manual's, without spaces.</summary>
/// <remarks>Spec: Postgres's manual, "Explicit Locking" (13.3.1).</remarks>
public static class LockModes
{
    internal const string AccessExclusive = "AccessExclusive";
    internal const string Exclusive = "Exclusive";
    internal const string ShareRowExclusive = "ShareRowExclusive";
    internal const string Share = "Share";
    internal const string ShareUpdateExclusive = "ShareUpdateExclusive";
    internal const string RowExclusive = "RowExclusive";
    internal const string RowShare = "RowShare";
    internal const string AccessShare = "AccessShare";

    // Weakest first.
    private static readonly (string Name, string Sql)[] Modes =
    [
        (AccessShare, "ACCESS SHARE"),
        (RowShare, "ROW SHARE"),
        (RowExclusive, "ROW EXCLUSIVE"),
        (ShareUpdateExclusive, "SHARE UPDATE EXCLUSIVE"),
        (Share, "SHARE"),
        (ShareRowExclusive, "SHARE ROW EXCLUSIVE"),
        (Exclusive, "EXCLUSIVE"),
        (AccessExclusive, "ACCESS EXCLUSIVE"),
    ];

    /// <summary>How strong a mode is, from 0; a name that is not known counts as the strongest there is.</summary>
    public static int StrengthOf(string name) => Array.FindIndex(Modes, m => m.Name == name) is int i and >= 0 ? i : Modes.Length - 1;

    /// <summary>A mode as the manual writes it.</summary>
    public static string SqlOf(string name) => SqlOf(StrengthOf(name));

    /// <summary>The mode of a strength, as LOCK TABLE writes it.</summary>
    public static string SqlOf(int strength) => Modes[strength].Sql;
}
