using Lockplane.Schema.Plans;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.Control.Connections;

/// <summary>The settings under which a plan's steps run, the same on the shadow and on the target.</summary>
internal static class StepSettings
{
    /// <summary>Sets them until the transaction ends.</summary>
    internal static Task SetAsync(NpgsqlConnection connection, PlanOptions options, CancellationToken cancellation) => connection.RunAsync(cancellation, Settings(options).Select(setting => "SET LOCAL " + setting));

    /// <summary>Sets them until the connection ends.</summary>
    internal static Task SetForSessionAsync(NpgsqlConnection connection, PlanOptions options, CancellationToken cancellation) => connection.RunAsync(cancellation, Settings(options).Select(setting => "SET " + setting));

    private static string[] Settings(PlanOptions options) =>
    [
        $"search_path = {(options.SearchPath is { Count: > 0 } path ? Identifiers.QuoteList(path) : "''")}",
        "TimeZone = 'UTC'",
        "DateStyle = 'ISO, MDY'",
        "IntervalStyle = 'postgres'",
        // A body that a person wrote is checked; one that is as it was in the other catalog may name what is made later, or was dropped long ago.
        $"check_function_bodies = {(options.SearchPath is null ? "off" : "on")}",
        "default_table_access_method = heap",
        "default_tablespace = ''",
        // A policy that would hide rows from a step raises instead: a backfill under FORCE ROW LEVEL SECURITY would otherwise change nothing in silence.
        "row_security = off",
    ];
}
