namespace Lockplane.Control.Walls;

/// <summary>Something that the database itself refuses, whatever gets past the gate. One file for each; <see cref="WallList"/> has all.</summary>
internal abstract class Wall
{
    /// <summary>What it is called in tables, in the documentation and in JSON.</summary>
    public abstract string Name { get; }

    /// <summary>What it is for, in a sentence of the documentation.</summary>
    public abstract string Reason { get; }

    /// <summary>What stands where it cannot be built.</summary>
    public abstract string Instead { get; }

    /// <summary>Whether building it locks a user's relations: then a check does not try whether it could be built.</summary>
    public virtual bool LocksRelations => false;

    /// <summary>Finds how it is, by effect.</summary>
    public abstract Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation);

    /// <summary>A finding that it holds.</summary>
    protected WallFinding Stands(string? role, string detail = "") => new(Name, role, WallState.Stands, detail);

    /// <summary>A finding that it does not.</summary>
    protected WallFinding Missing(string? role, string detail, params IEnumerable<string> statements) => new(Name, role, WallState.Missing, detail) { Statements = [.. statements] };

    /// <summary>Asks the same of each role.</summary>
    protected static async Task<IReadOnlyList<WallFinding>> ForEachRoleAsync(WallScene scene, Func<string, Task<WallFinding>> check)
    {
        List<WallFinding> findings = [];
        foreach (string role in scene.Roles)
        {
            findings.Add(await check(role).ConfigureAwait(false));
        }

        return findings;
    }
}
