using Lockplane.Control.Introspection;
using Lockplane.Gateway.Statements;
using Lockplane.PostgresTests.Clusters;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Statements;

/// <summary>The lists of extensions' functions are what real servers have.</summary>
public sealed class ExtensionListTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Extensions of Postgres itself whose functions pass.</summary>
    public static IReadOnlyList<string> Listed { get; } =
    [
        "pgcrypto", "uuid-ossp", "pg_trgm", "citext", "hstore", "ltree", "unaccent", "fuzzystrmatch", "btree_gin", "btree_gist", "intarray", "intagg", "cube", "earthdistance", "seg", "isn", "dict_int", "dict_xsyn", "tsm_system_rows",
        "tsm_system_time",
    ];

    /// <summary>Extensions of Postgres itself whose functions do not pass.</summary>
    public static IReadOnlyList<string> Unlisted { get; } = ["dblink", "postgres_fdw", "file_fdw", "lo", "xml2", "tablefunc", "pageinspect", "pgstattuple", "pg_buffercache", "bloom", "sslinfo"];

    [Fact]
    public async Task The_list_has_every_function_in_C_of_the_listed_extensions_and_no_other()
    {
        HashSet<string> known = [];
        foreach (int major in TestClusters.Majors.Select(row => (int)row.Data))
        {
            FunctionCatalog catalog = await ReadAsync(major);
            foreach (FunctionEntry function in catalog.Functions.Where(function => function.Extension is not null && function.Language is "c" or "internal"))
            {
                known.Add($"{function.Extension}.{function.Name}");

                // Aggregates go by what they are made of.
                Assert.True(function.Kind == 'a' || ExtensionLists.Allows(function.Extension!, function.Name) == Listed.Contains(function.Extension!), $"{function.Extension}.{function.Name} on {major}");
            }
        }

        string[] ofOthers = ["vector", "postgis"];
        Assert.True(known.Count > 500);
        Assert.Empty(NameLists.Read("functions-extensions.txt").Where(name => !ofOthers.Contains(name[..name.IndexOf('.', StringComparison.Ordinal)])).Except(known));
    }

    private async Task<FunctionCatalog> ReadAsync(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        string database = await cluster.CreateDatabaseAsync();
        foreach (string extension in Listed.Concat(Unlisted))
        {
            await cluster.ExecuteAsync($"CREATE EXTENSION IF NOT EXISTS \"{extension}\" CASCADE", database);
        }

        await using NpgsqlConnection connection = new(database);
        await connection.OpenAsync(Cancellation);
        return await FunctionReader.ReadAsync(connection, Cancellation);
    }
}
