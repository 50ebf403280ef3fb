using System.Collections.Immutable;
using System.Text.Json;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>Looks at the tables of a plan on the target, in a read-only transaction with time limits.</summary>
/// <remarks>
/// EXPLAIN without ANALYZE runs nothing, but the planner evaluates functions that are immutable or stable: a statement that calls what is not known to be harmless is not given to it.
/// </remarks>
internal static class TargetObserver
{
    private const string ObjectPrefix = "table ";

    private const string Sizes = """
        SELECT c.oid::pg_catalog.regclass::pg_catalog.text, c.relkind IN ('r', 'm') AND s.bytes <= 8 * 1024 * 1024, CASE WHEN s.known THEN s.rows END, s.bytes
        FROM (SELECT DISTINCT pg_catalog.to_regclass(name)::pg_catalog.oid AS oid FROM pg_catalog.unnest($1::pg_catalog.text[]) name) named
        JOIN pg_catalog.pg_class c ON c.oid = named.oid
        CROSS JOIN LATERAL (
            SELECT sum(p.reltuples)::bigint AS rows, bool_and(p.reltuples >= 0) AS known, coalesce(sum(pg_catalog.pg_total_relation_size(p.oid)), 0)::bigint AS bytes
            FROM pg_catalog.pg_class p
            WHERE CASE c.relkind WHEN 'p' THEN p.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t WHERE t.isleaf) ELSE p.oid = c.oid END) s
        WHERE c.relkind IN ('r', 'p', 'm')
        ORDER BY 1
        """;

    internal static async Task<TargetObservation> ObserveAsync(NpgsqlConnection connection, Plan plan, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await connection.RunAsync(cancellation, "SET TRANSACTION READ ONLY", "SET LOCAL statement_timeout = 5000", "SET LOCAL lock_timeout = 500").ConfigureAwait(false);
        await StepSettings.SetAsync(connection, plan.Options, cancellation).ConfigureAwait(false);
        string time = await ServerClock.ReadAsync(connection, cancellation).ConfigureAwait(false);
        List<RowEstimate> estimates = [];
        foreach (PlanStep step in plan.Steps.Where(step => step.Rows is not null))
        {
            estimates.Add(step.Hazards.Any(hazard => hazard.Name == Hazards.CallsFunctions.Name)
                ? new RowEstimate(step.N, null, "it calls a function that is not known to be harmless")
                : await EstimateAsync(connection, transaction, step, cancellation).ConfigureAwait(false));
        }

        return new TargetObservation(time, [.. estimates], await MeasureAsync(connection, transaction, plan, cancellation).ConfigureAwait(false));
    }

    private static async Task<RowEstimate> EstimateAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, PlanStep step, CancellationToken cancellation)
    {
        string sql = "EXPLAIN (FORMAT JSON) " + StatementRoles.WithDatabase(step.Sql, connection.Database);
        (string? json, string? fault) = await TryAsync(transaction, () => connection.ReadScalarAsync<string>(sql, cancellation), cancellation).ConfigureAwait(false);
        return new RowEstimate(step.N, json is null ? null : RowsOf(json), fault);
    }

    // The node that changes rows says nothing of them; what feeds it does.
    private static long RowsOf(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement plan = document.RootElement[0].GetProperty("Plan");
        IEnumerable<JsonElement> feeding = plan.GetProperty("Node Type").GetString() == "ModifyTable" && plan.TryGetProperty("Plans", out JsonElement parts)
            ? parts.EnumerateArray().Where(part => part.GetProperty("Parent Relationship").GetString() is "Outer" or "Member")
            : [plan];
        return (long)feeding.Sum(part => part.GetProperty("Plan Rows").GetDouble());
    }

    private static async Task<ImmutableArray<RelationSize>> MeasureAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Plan plan, CancellationToken cancellation)
    {
        string[] names = [.. plan.Steps.SelectMany(Touched).Distinct(StringComparer.Ordinal)];
        (List<(string Name, bool IsSmall, long? Rows, long Bytes)>? found, _) = await TryAsync(transaction, () => ReadSizesAsync(connection, names, cancellation), cancellation).ConfigureAwait(false);
        ImmutableArray<RelationSize>.Builder sizes = ImmutableArray.CreateBuilder<RelationSize>();
        foreach ((string name, bool isSmall, long? rows, long bytes) in found ?? [])
        {
            long? counted = null;
            if (isSmall)
            {
                (counted, _) = await TryAsync(transaction, () => connection.ReadScalarAsync<long?>($"SELECT count(*) FROM {name}", cancellation), cancellation).ConfigureAwait(false);
            }

            sizes.Add(new RelationSize(name, counted ?? rows, counted is not null, bytes));
        }

        return sizes.ToImmutable();
    }

    private static IEnumerable<string> Touched(PlanStep step)
    {
        bool destroys = step.Hazards.Any(hazard => Hazards.IsDestructive(hazard.Name));
        IEnumerable<string> named = step.Hazards.Where(hazard => Hazards.IsDestructive(hazard.Name) && hazard.Object.StartsWith(ObjectPrefix, StringComparison.Ordinal)).Select(hazard => hazard.Object[ObjectPrefix.Length..]);
        return [.. step.Rewrites, .. step.Scans, .. named, .. destroys ? step.Locks.Select(@lock => @lock.Relation) : []];
    }

    private static async Task<List<(string Name, bool IsSmall, long? Rows, long Bytes)>?> ReadSizesAsync(NpgsqlConnection connection, string[] names, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(Sizes, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = names });
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<(string Name, bool IsSmall, long? Rows, long Bytes)> found = [];
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            found.Add((rows.GetString(0), rows.GetBoolean(1), rows.IsDBNull(2) ? null : rows.GetInt64(2), rows.GetInt64(3)));
        }

        return found;
    }

    // What the server refuses is not known, and no reason to stop: a table that an earlier step makes is not there yet.
    private static async Task<(T? Value, string? Fault)> TryAsync<T>(NpgsqlTransaction transaction, Func<Task<T?>> ask, CancellationToken cancellation)
    {
        await transaction.SaveAsync("look", cancellation).ConfigureAwait(false);
        try
        {
            return (await ask().ConfigureAwait(false), null);
        }
        catch (PostgresException e)
        {
            await transaction.RollbackAsync("look", cancellation).ConfigureAwait(false);
            return (default, e.MessageText);
        }
    }
}
