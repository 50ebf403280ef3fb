using System.Diagnostics;
using System.Globalization;
using Lockplane.Control.Introspection;
using Lockplane.Dev;
using Lockplane.Schema.Catalogs;
using Npgsql;

namespace Lockplane.Bench.Introspect;

/// <summary>One line of the table: medians over the rounds.</summary>
/// <param name="Read">In a process that has read before: from the statement to the catalog.</param>
/// <param name="Hash">In such a process: from the catalog to its hash.</param>
internal sealed record Figures(int Tables, string Statistics, double DumpMs, double InspectMs, double Read, double Hash, long DumpKb, long InspectKb, string Ratios);

/// <summary>Measures one database: pg_dump -s and lockplane inspect --format hash in turns, each a process of its own.</summary>
internal sealed class Measurement(EmbeddedPostgres server, string database, int tables, int rounds)
{
    private const string Password = "PGPASSWORD";

    private string Url => string.Create(CultureInfo.InvariantCulture, $"postgresql://postgres:{Uri.EscapeDataString(server.SuperuserPassword)}@127.0.0.1:{server.Port}/{database}");

    /// <summary>Makes the database of so many tables and connects to it.</summary>
    public static async Task<NpgsqlConnection> OpenFilledAsync(EmbeddedPostgres server, int tables, int rounds, CancellationToken cancellation)
    {
        string database = string.Create(CultureInfo.InvariantCulture, $"bench_{tables}");
        await new Measurement(server, database, tables, rounds).FillAsync(cancellation);
        NpgsqlConnection live = new(server.AdminConnectionString(database) + ";Pooling=false");
        await live.OpenAsync(cancellation);
        return live;
    }

    /// <summary>Makes the database. Without autovacuum there are no statistics until somebody asks for them.</summary>
    public async Task FillAsync(CancellationToken cancellation)
    {
        await RunAsync("postgres", [$"CREATE DATABASE {database}"], cancellation);
        foreach (IReadOnlyList<string> part in CatalogScript.Parts(tables))
        {
            await RunAsync(database, ["BEGIN", .. part, "COMMIT"], cancellation);
        }
    }

    /// <summary>Gives the planner its statistics.</summary>
    public Task AnalyzeAsync(CancellationToken cancellation) => RunAsync(database, ["VACUUM ANALYZE"], cancellation);

    public async Task<Figures> MeasureAsync(string statistics, CancellationToken cancellation)
    {
        string lockplane = Path.Combine(Checkout.Find()!, "artifacts/bin/Lockplane/release/lockplane.dll");
        string port = server.Port.ToString(CultureInfo.InvariantCulture);
        List<MeasuredProcess> dumps = [];
        List<MeasuredProcess> inspects = [];
        List<(double Read, double Hash)> warm = [];
        await using NpgsqlConnection connection = new(server.AdminConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync(cancellation);

        // The first round fills caches and is not counted.
        for (int round = 0; round <= rounds; round++)
        {
            MeasuredProcess dump = await MeasuredProcess.RunAsync(
                "pg_dump", ["-s", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-f", "/dev/null", database], (Password, server.SuperuserPassword), cancellation);
            MeasuredProcess inspect = await MeasuredProcess.RunAsync("dotnet", [lockplane, "inspect", "--db", Url, "--format", "hash"], ("DOTNET_NOLOGO", "1"), cancellation);
            (double Read, double Hash) inProcess = await ReadAsync(connection, inspect.Output, cancellation);
            if (round > 0)
            {
                dumps.Add(dump);
                inspects.Add(inspect);
                warm.Add(inProcess);
            }
        }

        double[] ratios = [.. inspects.Zip(dumps, (inspect, dump) => inspect.Milliseconds / dump.Milliseconds).Order()];
        return new Figures(
            tables, statistics, Median(dumps.Select(d => d.Milliseconds)), Median(inspects.Select(i => i.Milliseconds)), Median(warm.Select(w => w.Read)), Median(warm.Select(w => w.Hash)),
            dumps.Max(d => d.PeakKilobytes), inspects.Max(i => i.PeakKilobytes),
            string.Create(CultureInfo.InvariantCulture, $"{Median(ratios):F2} ({ratios[0]:F2} to {ratios[^1]:F2})"));
    }

    private static async Task<(double Read, double Hash)> ReadAsync(NpgsqlConnection connection, string hash, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        Catalog catalog = await CatalogReader.ReadAsync(connection, null, Scope.All, cancellation);
        double read = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        began = Stopwatch.GetTimestamp();
        ManifestHash own = ManifestHash.Of(catalog);
        double hashed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return own.Text == hash ? (read, hashed) : throw new InvalidOperationException($"Two reads differ: {own} and {hash}.");
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }

    private async Task RunAsync(string where, IEnumerable<string> statements, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = new(server.AdminConnectionString(where) + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        foreach (string statement in statements)
        {
            await using NpgsqlCommand command = new(statement, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}
