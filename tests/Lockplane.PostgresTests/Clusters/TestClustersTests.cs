using Npgsql;

namespace Lockplane.PostgresTests.Clusters;

public sealed class TestClustersTests(TestClusters clusters)
{
    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Each_major_version_gives_empty_databases(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);

        await using NpgsqlConnection connection = new(await cluster.CreateDatabaseAsync());
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", connection);

        Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        Assert.Equal(major, connection.PostgreSqlVersion.Major);
    }
}
