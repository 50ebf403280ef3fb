using System.Collections.Frozen;
using Lockplane.Gateway.Statements;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Statements;

public sealed class FunctionListTests(TestClusters clusters)
{
    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Every_function_that_the_server_calls_volatile_or_the_query_leaves_out_is_off_the_stable_list(int major)
    {
        FrozenSet<string> stable = NameLists.Read("functions-stable.txt");
        FrozenSet<string> oneArgument = NameLists.Read("functions-one-argument.txt");

        FrozenSet<string> others = new[] { "functions-unlisted.txt", "functions-refused.txt", "functions-volatile.txt", "functions-write.txt" }.SelectMany(NameLists.Read).ToFrozenSet();

        List<(string Name, bool OneArgument, bool Taken)> functions = await ReadAsync(major);

        Assert.True(functions.Count > 1500);
        Assert.DoesNotContain(functions, function => !function.Taken && stable.Contains(function.Name));
        Assert.DoesNotContain(functions, function => !function.Taken && function.OneArgument && !oneArgument.Contains(function.Name));
        Assert.DoesNotContain(functions, function => !function.Taken && !function.OneArgument && !others.Contains(function.Name));
    }

    [Fact]
    public async Task Every_name_on_the_lists_is_a_function_of_a_supported_server()
    {
        HashSet<string> known = (await ReadAsync(15)).Concat(await ReadAsync(18)).Select(function => function.Name).ToHashSet();

        Assert.Empty(NameLists.Read("functions-stable.txt").Union(NameLists.Read("functions-one-argument.txt")).Union(NameLists.Read("functions-unlisted.txt")).Except(known));
    }

    private async Task<List<(string Name, bool OneArgument, bool Taken)>> ReadAsync(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using NpgsqlConnection connection = new(await cluster.CreateDatabaseAsync());
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        using StreamReader query = NameLists.Open("functions.sql");
        await using NpgsqlCommand command = new(await query.ReadToEndAsync(TestContext.Current.CancellationToken), connection);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<(string, bool, bool)> functions = new();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            functions.Add((rows.GetString(0), rows.GetBoolean(1), rows.GetBoolean(2)));
        }

        return functions;
    }
}
