using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.PostgresTests.Schema;

public sealed class RandomPlanTests(TestClusters clusters, ITestOutputHelper output)
{
    private static readonly int Pairs = Environment.GetEnvironmentVariable("LOCKPLANE_TEST_ALL") == "1" ? 300 : 6;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task A_plan_between_any_two_schemas_keeps_its_promises_there_and_back(int major)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LOCKPLANE_SEED"), out int given) ? given : Random.Shared.Next(1_000_000);
        output.WriteLine($"LOCKPLANE_SEED={seed}");
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using SchemaDatabase live = await SchemaDatabase.CreateAsync(cluster, new RandomSchema(seed).Script());
        Catalog current = await live.ReadAsync();
        for (int pair = 1; pair <= Pairs; pair++)
        {
            string what = $"seed {seed}, pair {pair}";
            Catalog wanted = await SchemaDatabase.ReadScriptAsync(cluster, new RandomSchema(seed + pair).Script());
            Plan plan = Planner.Plan(current, wanted, PlanOptions.Default);

            await live.RunAllAsync(plan.Steps.Select(step => step.Sql), what);
            Catalog after = await live.ReadAsync();
            Assert.True(plan.ToHash == ManifestHash.Of(after), $"{what}: the steps lead elsewhere\n{string.Join('\n', CatalogComparison.Of(wanted, after).Lines())}");
            await live.RunAllAsync(plan.Rollback.Steps.Select(step => step.Sql), what + ", back");
            Catalog back = await live.ReadAsync();
            Assert.True(plan.Rollback.ToHash == ManifestHash.Of(back), $"{what}: the rollback leads elsewhere\n{string.Join('\n', CatalogComparison.Of(current, back).Lines())}");
            Plan again = Planner.Plan(back, wanted, PlanOptions.Default);
            await live.RunAllAsync(again.Steps.Select(step => step.Sql), what + ", again");
            current = await live.ReadAsync();
            Assert.Equal(again.ToHash, ManifestHash.Of(current));
        }
    }
}
