using System.Diagnostics;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.PostgresTests.EndToEnd;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Changes;

/// <summary>Schema changes under profile application: refused, and planned in the background.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class BackgroundPlanTests(TestClusters clusters)
{
    private const string Create = "CREATE TABLE made (id int, said text DEFAULT 'it''s \"$HOME\" \\n')";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_plan_that_nobody_waits_for_any_more_is_found_by_the_next(int major)
    {
        await using MigratorScene scene = await MigratorScene.StartAsync(await clusters.GetAsync(major), TimeSpan.FromMilliseconds(20));
        await using NpgsqlConnection connection = await scene.ConnectAsync(scene.Application);
        PostgresException first = await MigratorScene.RefusedAsync(connection, Create);
        Assert.Equal("LP301", first.SqlState);
        Assert.StartsWith("The plan is being made: send the statement again for its hash, or make it by: printf", first.Hint, StringComparison.Ordinal);

        // What a shell makes of the command is the statement.
        string command = first.Hint![first.Hint!.IndexOf("printf", StringComparison.Ordinal)..].Replace(" | lockplane plan --sql -", "", StringComparison.Ordinal);
        Assert.Equal(Create, (await ChildProcess.RunAsync("sh", ["-c", command], "/")).Succeeded().Output);

        // The session is gone; its plan comes all the same.
        await connection.CloseAsync();
        await scene.Database.WaitAsync("SELECT count(*) = 1 FROM lockplane.plan");
        await using NpgsqlConnection other = await scene.ConnectAsync(scene.Application);
        string hash = await scene.Database.ReadAsSuperuserAsync<string>("SELECT hash FROM lockplane.plan");
        Stopwatch waited = Stopwatch.StartNew();
        string? hint;
        while ((hint = (await MigratorScene.RefusedAsync(other, Create)).Hint) != $"lockplane apply {hash}")
        {
            // Also to find it takes a moment.
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), hint);
        }

        Assert.Equal(1L, await scene.Database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM lockplane.plan"));
        Assert.Equal(Lockplane.Control.Principal.Session(scene.Application).Name, (await scene.Database.Control.GetPlanAsync(hash, Cancellation)).Proposer);
        Assert.False(await scene.HasAsync("made"));
    }

    [Fact]
    public async Task The_end_of_the_process_cancels_what_is_being_planned()
    {
        MigratorScene scene = await MigratorScene.StartAsync(await clusters.GetAsync(18), TimeSpan.FromMilliseconds(20));
        await using NpgsqlConnection connection = await scene.ConnectAsync(scene.Application);
        Assert.Equal("LP301", (await MigratorScene.RefusedAsync(connection, Create)).SqlState);
        await scene.EndCorridorAsync();
        await scene.Server.DisposeAsync();
        Assert.Equal(0L, await scene.Database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM lockplane.plan"));
        await scene.Database.DisposeAsync();
    }

    [Fact]
    public async Task A_role_has_three_plans_made_at_once_and_the_same_statement_once()
    {
        await using MigratorScene scene = await MigratorScene.StartAsync(await clusters.GetAsync(18), TimeSpan.FromMilliseconds(1));
        await using NpgsqlConnection connection = await scene.ConnectAsync(scene.Application);
        List<string> hints = [];
        for (int n = 0; n < 6; n++)
        {
            hints.Add((await MigratorScene.RefusedAsync(connection, $"CREATE TABLE made_{n / 2} (id int)")).Hint!);
        }

        Assert.All(hints, hint => Assert.StartsWith("The plan is being made", hint, StringComparison.Ordinal));
        Assert.Equal("No plan was opened: Too many plans are being made; send the statement again later.", (await MigratorScene.RefusedAsync(connection, "CREATE TABLE made_4 (id int)")).Hint);
        await scene.Database.WaitAsync("SELECT count(*) = 3 FROM lockplane.plan");
    }
}
