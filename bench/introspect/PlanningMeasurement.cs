using System.Diagnostics;
using System.Globalization;
using Lockplane.Control.Introspection;
using Lockplane.Dev;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Npgsql;

namespace Lockplane.Bench.Introspect;

/// <summary>Measures how long it takes to compare two catalogs and to make the plan with its rollback and its hashes. No server takes part in that.</summary>
internal static class PlanningMeasurement
{
    private static readonly int[] Changes = [1, 10, 100, 1000];

    public static async Task RunAsync(EmbeddedPostgres server, Options options, CancellationToken cancellation)
    {
        Console.WriteLine("| tables | changes | steps | difference, plan and rollback |");
        Console.WriteLine("|---|---|---|---|");
        foreach (int tables in options.Sizes)
        {
            await using NpgsqlConnection live = await Measurement.OpenFilledAsync(server, tables, options.Rounds, cancellation);
            Catalog from = await CatalogReader.ReadAsync(live, null, Scope.All, cancellation);
            foreach (int changes in Changes.Where(n => n <= tables))
            {
                Catalog to = await ReadChangedAsync(live, tables, changes, cancellation);
                Plan plan = Planner.Plan(from, to, PlanOptions.Default);
                List<double> times = [];
                for (int round = 0; round < options.Rounds; round++)
                {
                    long began = Stopwatch.GetTimestamp();
                    Planner.Plan(from, to, PlanOptions.Default);
                    times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }

                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {tables:N0} | {changes:N0} | {plan.Steps.Length:N0} | {Measurement.Median(times):N0} ms ({times.Min():N0} to {times.Max():N0}) |"));
            }
        }
    }

    private static async Task<Catalog> ReadChangedAsync(NpgsqlConnection live, int tables, int changes, CancellationToken cancellation)
    {
        // Rolled back when disposed.
        await using NpgsqlTransaction transaction = await live.BeginTransactionAsync(cancellation);
        for (int i = 0; i < changes; i++)
        {
            await using NpgsqlCommand command = new(Change(i, (int)((long)i * tables / changes)), live, transaction);
            await command.ExecuteNonQueryAsync(cancellation);
        }

        return await CatalogReader.ReadAsync(live, transaction, Scope.All, cancellation);
    }

    // Ten kinds by turns, spread over the tables.
    private static string Change(int number, int at)
    {
        string schema = CatalogScript.SchemaOf(at);
        string table = CatalogScript.TableOf(at);
        return (number % 10) switch
        {
            0 => $"ALTER TABLE {table} ADD COLUMN added text NOT NULL DEFAULT ''",
            1 => $"ALTER TABLE {table} ALTER COLUMN count TYPE bigint",
            2 => $"CREATE INDEX ON {table} (state)",
            3 => $"ALTER TABLE {table} DROP COLUMN extra",
            4 => $"CREATE TABLE {table}_more (id bigint PRIMARY KEY REFERENCES {table})",
            5 => $"CREATE VIEW {table}_open AS SELECT id, title FROM {table} WHERE state = 'open'",
            6 => $"ALTER TABLE {table} ADD CHECK (price > 0)",
            7 => $"DROP TABLE {table} CASCADE",
            8 => $"CREATE FUNCTION {schema}.f{at}() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM {table})",
            _ => $"GRANT DELETE ON {table} TO {CatalogScript.Reader}",
        };
    }
}
