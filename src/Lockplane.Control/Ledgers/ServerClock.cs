using System.Globalization;
using Lockplane.Control.Connections;
using Npgsql;

namespace Lockplane.Control.Ledgers;

/// <summary>Times as ledger entries carry them: UTC, microseconds, the server's clock.</summary>
internal static class ServerClock
{
    internal static async Task<string> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        Format(await ReadTimeAsync(connection, cancellation).ConfigureAwait(false));

    internal static Task<DateTime> ReadTimeAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.ReadScalarAsync<DateTime>("SELECT pg_catalog.clock_timestamp()", cancellation);

    internal static string Format(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
