namespace Lockplane.Control.Walls;

/// <summary>Findings about a database's relations and functions: of those that the administrator owns, and of those that it cannot alter.</summary>
internal static class RelationFindings
{
    private const int Named = 5;

    /// <summary>The findings for a wall that lacks what <paramref name="rows"/> name.</summary>
    /// <param name="wall">The wall.</param>
    /// <param name="scene">Who asks.</param>
    /// <param name="rows">Name, and whether who asks has its owner's rights (<c>true</c>).</param>
    /// <param name="lack">What is wrong with them, before their names.</param>
    /// <param name="statement">What builds the wall on one.</param>
    public static IReadOnlyList<WallFinding> Of(Wall wall, WallScene scene, List<string?[]> rows, string lack, Func<string, string> statement)
    {
        List<WallFinding> findings = [];
        foreach (IGrouping<bool, string> group in rows.GroupBy(row => row[1] == "true" || !scene.IsAdministrator, row => row[0]!))
        {
            List<string> names = [.. group];
            string more = names.Count > Named ? $" and {names.Count - Named} more" : "";
            string detail = $"{lack} {string.Join(", ", names.Take(Named))}{more}";
            findings.Add(group.Key
                ? new WallFinding(wall.Name, null, WallState.Missing, detail) { Statements = [.. names.Select(statement)] }
                : new WallFinding(wall.Name, null, WallState.NotAvailable, $"{detail}, which the administrator does not own; instead: {wall.Instead}"));
        }

        return findings.Count == 0 ? [new WallFinding(wall.Name, null, WallState.Stands, "")] : findings;
    }
}
