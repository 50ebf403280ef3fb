using System.Data;
using System.Globalization;
using System.Text.RegularExpressions;
using Lockplane.Control.Introspection;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Npgsql;

namespace Lockplane.PostgresTests.Schema;

/// <summary>After any one change the hash is another.</summary>
public sealed partial class SingleChangeTests(TestClusters clusters, ITestOutputHelper output)
{
    // Of some thousand generated changes; all of them with `./dev test --all`.
    private const int Sample = 40;

    // Without --all, a sixth of the written changes is tried, another on each major, and a sample of the generated ones.
    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task After_each_written_change_the_hash_is_another(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using NpgsqlConnection everything = await EverythingSchema.BuildAsync(cluster);
        string[] changes =
        [
            .. (await File.ReadAllLinesAsync(Path.Combine(EverythingSchema.Folder, "changes.sql"), TestContext.Current.CancellationToken))
                .Where(line => line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal))
                .Select(line => Since().Match(line))
                .Where(match => match.Groups["major"].Value is var since && (since.Length == 0 || int.Parse(since, CultureInfo.InvariantCulture) <= major))
                .Select(match => match.Groups["sql"].Value),
        ];
        changes = [.. changes.Where((_, i) => TestClusters.All || i % 6 == major % 6 / 3)];

        (IReadOnlyList<string> unseen, IReadOnlyList<string> refused) = await TryAsync(everything, changes);

        Assert.True(refused.Count == 0, string.Join('\n', refused));
        Assert.True(unseen.Count == 0, string.Join('\n', unseen));
    }

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task After_each_generated_change_the_hash_is_another(int major)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LOCKPLANE_SEED"), out int given) ? given : 5;
        output.WriteLine($"LOCKPLANE_SEED={seed}");
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using NpgsqlConnection everything = await EverythingSchema.BuildAsync(cluster);
        string[] changes = [.. SingleChanges.Of(await EverythingSchema.ReadAsync(everything))];
        new Random(seed).Shuffle(changes);
        (IReadOnlyList<string> unseen, IReadOnlyList<string> refused) = await TryAsync(everything, TestClusters.All ? changes : changes.Take(Sample));

        output.WriteLine($"{changes.Length} changes, {(TestClusters.All ? changes.Length : Sample)} tried, {refused.Count} of them refused by Postgres");
        Assert.InRange(changes.Length, 500, 10_000);
        Assert.InRange(refused.Count, 0, (TestClusters.All ? changes.Length : Sample) * 6 / 10);
        Assert.True(unseen.Count == 0, $"LOCKPLANE_SEED={seed}\n{string.Join('\n', unseen)}");
    }

    // Each in a transaction that is rolled back.
    private static async Task<(IReadOnlyList<string> Unseen, IReadOnlyList<string> Refused)> TryAsync(NpgsqlConnection connection, IEnumerable<string> changes)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        ManifestHash before = ManifestHash.Of(await EverythingSchema.ReadAsync(connection));
        List<string> unseen = [];
        List<string> refused = [];
        foreach (string change in changes)
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
            try
            {
                await EverythingSchema.RunAsync(connection, change);
            }
            catch (PostgresException error)
            {
                refused.Add($"{change}: {error.MessageText}");

                // The driver gives a connection up after an internal error, which Postgres has when an extension goes whose operator class an index uses.
                if (connection.State != ConnectionState.Open)
                {
                    await connection.OpenAsync(cancellation);
                }

                continue;
            }

            if (ManifestHash.Of(await CatalogReader.ReadAsync(connection, transaction, Scope.All, cancellation)) == before)
            {
                unseen.Add(change);
            }
        }

        Assert.Equal(before, ManifestHash.Of(await EverythingSchema.ReadAsync(connection)));
        return (unseen, refused);
    }

    [GeneratedRegex(@"^(\[(?<major>\d+)\+\] )?(?<sql>.*)$")]
    private static partial Regex Since();
}
