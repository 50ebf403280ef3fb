using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Schema;

public sealed class RandomPlanTests(TestClusters clusters, ITestOutputHelper output)
{
    // By default a few that are known, so that a run says something about the change under test; new ones are looked for with --all.
    private static readonly int Pairs = TestClusters.All ? 300 : 6;
    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("LOCKPLANE_SEED"), out int given) ? given : TestClusters.All ? Random.Shared.Next(1_000_000) : 1;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_plan_between_any_two_schemas_keeps_its_promises_there_and_back(int major)
    {
        output.WriteLine($"LOCKPLANE_SEED={Seed}");
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using SchemaDatabase live = await SchemaDatabase.CreateAsync(cluster, new RandomSchema(Seed).Script());
        Catalog current = await live.ReadAsync();
        for (int pair = 1; pair <= Pairs; pair++)
        {
            string what = $"seed {Seed}, pair {pair}";
            Catalog wanted = await SchemaDatabase.ReadScriptAsync(cluster, new RandomSchema(Seed + pair).Script());
            Plan plan = Plan(current, wanted, what);

            await live.RunAllAsync(plan.Steps.Select(step => step.Sql), what);
            Catalog after = await live.ReadAsync();
            Assert.True(plan.ToHash == ManifestHash.Of(after), $"{what}: the steps lead elsewhere\n{string.Join('\n', CatalogComparison.Of(wanted, after).Lines())}");
            await live.RunAllAsync(plan.Rollback.Steps.Select(step => step.Sql), what + ", back");
            Catalog back = await live.ReadAsync();
            Assert.True(plan.Rollback.ToHash == ManifestHash.Of(back), $"{what}: the rollback leads elsewhere\n{string.Join('\n', CatalogComparison.Of(current, back).Lines())}");
            Plan again = Plan(back, wanted, what + ", again");
            await live.RunAllAsync(again.Steps.Select(step => step.Sql), what + ", again");
            current = await live.ReadAsync();
            Assert.Equal(again.ToHash, ManifestHash.Of(current));
        }
    }

    private static Plan Plan(Catalog from, Catalog to, string what)
    {
        try
        {
            return Planner.Plan(from, to, PlanOptions.Default);
        }
        catch (LockplaneException refused)
        {
            throw new InvalidOperationException($"{what}: {refused.Message} {refused.Detail}", refused);
        }
    }
}
