using Lockplane.Corpus;
using Lockplane.Dev;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.PostgresTests.Schema;

/// <summary>The pairs of other projects that lie beside the checkout, as <c>./dev corpus</c> judges them.</summary>
public sealed class CorpusTests(TestClusters clusters)
{
    // Without --all, one of so many; others on each major.
    private const int Share = 40;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public Task What_is_printed_of_each_side_of_a_corpus_builds_the_same_catalog(int major) =>
        JudgeAsync(major, (cluster, parser) => new RoundTrip(cluster.AdminConnectionString, major, new StatementReader(parser)));

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public Task The_plan_of_each_pair_of_a_corpus_reaches_the_other_side_and_comes_back(int major) =>
        JudgeAsync(major, (cluster, parser) => new PlanJudge(cluster.AdminConnectionString, major, parser, dump: null));

    private async Task JudgeAsync(int major, Func<PostgresCluster, PgQueryParser, IPairJudge> makeJudge)
    {
        string root = Checkout.Find()!;
        string corpus = Path.GetFullPath(Path.Combine(root, "../shared/corpora/pairs"));
        Assert.SkipUnless(Directory.Exists(corpus), "There is no folder ../shared/corpora/pairs beside the checkout.");
        PostgresCluster cluster = await clusters.GetAsync(major);
        IReadOnlyList<Waiver> waivers = Waiver.Parse(await File.ReadAllLinesAsync(Path.Combine(root, "tests", Waiver.File), TestContext.Current.CancellationToken));
        using PgQueryParser parser = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery") });
        await using IPairJudge judge = makeJudge(cluster, parser);

        IReadOnlyList<Pair> pairs = [.. Pair.Find(corpus).Where((_, i) => TestClusters.All || i % Share == major)];
        CorpusVerdict verdict = await CorpusRun.RunAsync(pairs, judge, major, waivers, parallel: 2, TestContext.Current.CancellationToken);

        // Some are needed on the newest major only.
        bool demandsUse = TestClusters.All && major == TestClusters.Majors.Max(row => row.Data);
        Assert.True(verdict.Unexplained == 0 && (!demandsUse || verdict.UnusedWaivers.Count == 0), string.Join('\n', verdict.Lines()));
    }
}
