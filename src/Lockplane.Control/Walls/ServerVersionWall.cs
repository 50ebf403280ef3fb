namespace Lockplane.Control.Walls;

/// <summary>A server without the holes of <see cref="ServerFixes"/>.</summary>
internal sealed class ServerVersionWall : Wall
{
    /// <inheritdoc/>
    public override string Name => "server version";

    /// <inheritdoc/>
    public override string Reason => "A hole in Postgres itself goes around every other wall: the server has the minor version that closed some that an application's role can use.";

    /// <inheritdoc/>
    public override string Instead => "the gate, for what it refuses";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<WallFinding>> CheckAsync(WallScene scene, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<WallFinding>>([Judge(scene.Version)]);

    /// <summary>The finding for a server of a version.</summary>
    internal WallFinding Judge(Version server)
    {
        string version = server.ToString(2);
        if (ServerFixes.Least(server.Major) is not { } least)
        {
            return new WallFinding(Name, null, WallState.NotCheckable, $"{version}: no fixes are listed for this major version");
        }

        return server >= least
            ? Stands(null, version)
            : Missing(null, $"{version} has {string.Join("; ", ServerFixes.MissingIn(server).Select(fix => $"{fix.Cve} ({fix.Reason})"))}") with { Decisions = [$"Update the server to {least} or later."] };
    }
}
