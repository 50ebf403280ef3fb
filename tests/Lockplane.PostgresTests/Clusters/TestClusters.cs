namespace Lockplane.PostgresTests.Clusters;

/// <summary>
/// The servers of a test run: one of each major version, started when the first test asks for it. From npm's binaries; with LOCKPLANE_TEST_PG=docker in containers.
/// </summary>
/// <remarks>In a test class: <c>(TestClusters clusters)</c> in the constructor, <c>[Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]</c> on the test.</remarks>
public sealed class TestClusters : IAsyncDisposable
{
    private readonly Dictionary<int, Lazy<Task<PostgresCluster>>> _clusters;

    public TestClusters()
    {
        TestDirectory.RemoveLeftovers();
        _clusters = Majors.Select(row => row.Data).ToDictionary(major => major, major => new Lazy<Task<PostgresCluster>>(() => PostgresCluster.StartAsync(major)));
    }

    /// <summary>Whether this is <c>./dev test --all</c>.</summary>
    public static bool All => Environment.GetEnvironmentVariable("LOCKPLANE_TEST_ALL") == "1";

    /// <summary>The major versions that every test against a server runs on: the newest and the oldest, with <c>./dev test --all</c> those between, too.</summary>
    public static TheoryData<int> Majors { get; } = All ? [18, 17, 16, 15] : [18, 15];

    /// <summary>For what hardly depends on the server, or takes long: the newest major; with <c>./dev test --all</c> every one.</summary>
    public static TheoryData<int> Newest { get; } = All ? Majors : [18];

    /// <summary>The server of a major version.</summary>
    internal Task<PostgresCluster> GetAsync(int major) => _clusters[major].Value;

    public async ValueTask DisposeAsync()
    {
        foreach (Task<PostgresCluster>? start in _clusters.Values.Where(cluster => cluster.IsValueCreated).Select(cluster => cluster.Value))
        {
            // A cluster that did not start has failed the tests that asked for it, and left nothing running.
            if (start.IsCompletedSuccessfully)
            {
                await (await start).DisposeAsync();
            }
        }
    }
}
