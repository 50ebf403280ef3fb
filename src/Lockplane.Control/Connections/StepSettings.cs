using Lockplane.Schema.Plans;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.Control.Connections;

/// <summary>The settings under which a plan's steps run, the same on the shadow and on the target.</summary>
internal static class StepSettings
{
    /// <summary>Sets them until the transaction ends.</summary>
    internal static Task SetAsync(NpgsqlConnection connection, PlanOptions options, CancellationToken cancellation) => connection.RunAsync(
        cancellation,
        $"SET LOCAL search_path = {(options.SearchPath is { Count: > 0 } path ? Identifiers.QuoteList(path) : "''")}",
        "SET LOCAL TimeZone = 'UTC'",
        "SET LOCAL DateStyle = 'ISO, MDY'",
        "SET LOCAL IntervalStyle = 'postgres'",
        "SET LOCAL check_function_bodies = on",
        "SET LOCAL default_table_access_method = heap",
        "SET LOCAL default_tablespace = ''",
        // A policy that would hide rows from a step raises instead: a backfill under FORCE ROW LEVEL SECURITY would otherwise change nothing in silence.
        "SET LOCAL row_security = off");
}
