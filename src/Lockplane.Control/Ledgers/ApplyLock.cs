using Lockplane.Control.Connections;
using Npgsql;

namespace Lockplane.Control.Ledgers;

/// <summary>The advisory lock that one applier of a database holds for the length of its transaction.</summary>
/// <remarks>Advisory locks are per database, so one key does for all of them.</remarks>
internal static class ApplyLock
{
    /// <summary>The first eight bytes of SHA-256("lockplane/apply"), as a signed number.</summary>
    internal const string Key = "832647296958137779";

    /// <summary>Waits for the lock.</summary>
    internal static Task TakeAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.RunAsync(cancellation, $"SELECT pg_catalog.pg_advisory_xact_lock({Key})");

    /// <summary>Takes the lock if nobody has it.</summary>
    internal static Task<bool> TryTakeAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.ReadScalarAsync<bool>($"SELECT pg_catalog.pg_try_advisory_xact_lock({Key})", cancellation);

    /// <summary>Who holds it, for the message of LP503; null when that cannot be seen.</summary>
    internal static Task<string?> FindHolderAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.ReadScalarAsync<string>(
            $"""
            SELECT pg_catalog.format('%s, process %s, since %s', a.usename, a.pid, a.xact_start)
            FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
              AND (l.classid::bigint << 32 | l.objid::bigint) = {Key} AND l.objsubid = 1
            LIMIT 1
            """,
            cancellation);
}
