using Lockplane.PostgresTests.Clusters;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.PostgresTests.Sql;

public sealed class IdentifiersTests(TestClusters clusters)
{
    [Fact]
    public async Task Names_are_quoted_as_the_server_quotes_them()
    {
        PostgresCluster cluster = await clusters.GetAsync(18);
        await using NpgsqlConnection connection = new(await cluster.CreateDatabaseAsync());
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(
            "SELECT name, quote_ident(name) FROM (SELECT word FROM pg_get_keywords() UNION ALL SELECT chr(n) || 'x' FROM generate_series(1, 1000) n UNION ALL SELECT 'x' || chr(n) FROM generate_series(1, 1000) n) names (name)",
            connection);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        int count = 0;
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            count++;
            Assert.Equal(rows.GetString(1), Identifiers.Quote(rows.GetString(0)));
        }

        Assert.True(count > 2400);
    }
}
