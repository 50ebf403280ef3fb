using System.Data;
using Npgsql;

namespace Lockplane.Control.Connections;

/// <summary>Runs statements on a connection, each as its own extended-protocol message.</summary>
/// <remarks>
/// Npgsql's SQL rewriting is switched off for the whole process (<c>Npgsql.EnableSqlRewriting</c>), so that its lexer never decides where
/// a statement ends: a text that holds two is refused by Postgres itself.
/// </remarks>
internal static class ConnectionExtensions
{
    internal static async Task RunAsync(this NpgsqlConnection connection, CancellationToken cancellation, params IEnumerable<string> statements)
    {
        await using NpgsqlBatch batch = new(connection);
        foreach (string statement in statements)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Opens the connection again where the driver gave it up, as it does after an internal error (class XX), though the server keeps the session.</summary>
    internal static Task OpenAgainAsync(this NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.State == ConnectionState.Open ? Task.CompletedTask : connection.OpenAsync(cancellation);

    /// <summary>Runs one statement and returns how many rows it touched, as its command tag says; 0 where the tag says none.</summary>
    internal static async Task<long> RunCountedAsync(this NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        // The session's statement_timeout is the limit.
        await using NpgsqlBatch batch = new(connection) { Timeout = 0, BatchCommands = { new NpgsqlBatchCommand(statement) } };
        await batch.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        return checked((long)batch.BatchCommands[0].Rows);
    }

    internal static async Task<T?> ReadScalarAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] values)
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        object? result = await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
        return result is null or DBNull ? default : (T)result;
    }
}
