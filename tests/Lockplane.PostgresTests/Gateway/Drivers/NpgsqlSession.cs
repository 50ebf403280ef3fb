using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Lockplane.PostgresTests.Gateway.Drivers;

/// <summary>Npgsql's part of the driver suite: one line for each case, with what was seen.</summary>
internal sealed class NpgsqlSession(string connectionString, int largeBytes)
{
    private readonly StringBuilder _seen = new();
    private CancellationToken _stop;

    public async Task<string> RunAsync(CancellationToken stop)
    {
        _stop = stop;
        await using (NpgsqlConnection first = await ConnectAsync())
        {
            await ExecuteAsync(first, "DELETE FROM smoke");
        }

        (string Name, Func<NpgsqlConnection, Task> Run)[] cases =
        [
            ("simple", SimpleAsync), ("extended", ExtendedAsync), ("prepared", PreparedAsync), ("pipeline", PipelineAsync), ("pipeline_error", PipelineErrorAsync), ("copy", CopyAsync),
            ("copy_fail", CopyFailAsync), ("notify", NotifyAsync), ("cancel", CancelAsync), ("large_objects", LargeObjectsAsync), ("notices", NoticesAsync), ("limits", LimitsAsync),
            ("transactions", TransactionsAsync), ("pool", PoolAsync), .. largeBytes > 0 ? new (string, Func<NpgsqlConnection, Task>)[] { ("large", LargeAsync) } : [],
        ];
        foreach ((string name, Func<NpgsqlConnection, Task> run) in cases)
        {
            _seen.Append(name).Append('\n');
            await using NpgsqlConnection connection = await ConnectAsync();
            await run(connection);
        }

        return _seen.ToString();
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync(_stop);
        return connection;
    }

    private void Say(object? value) => _seen.Append(' ').Append(value switch
    {
        byte[] bytes => Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, 64))) + ":" + bytes.Length,
        Array array => string.Join(',', array.Cast<object?>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    }).Append('\n');

    private async Task SayFailureAsync(Func<Task> run)
    {
        try
        {
            await run();
            Say("no error");
        }
        catch (PostgresException e)
        {
            Say($"{e.Severity} {e.SqlState} {e.MessageText} {e.Detail} {e.Hint} {e.Position}");
        }
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(_stop);
    }

    private async Task<object?> SayRowsAsync(NpgsqlCommand command)
    {
        object? last = null;
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(_stop);
        do
        {
            while (await reader.ReadAsync(_stop))
            {
                for (int i = 0; i < reader.FieldCount; i++)
                {
                    last = await reader.IsDBNullAsync(i, _stop) ? null : reader.GetValue(i);
                    Say(last);
                }
            }

            Say(reader.RecordsAffected);
        }
        while (await reader.NextResultAsync(_stop));
        return last;
    }

    private async Task<object?> QueryAsync(NpgsqlConnection connection, string sql, params object?[] values)
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object? value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        }

        return await SayRowsAsync(command);
    }

    private async Task SimpleAsync(NpgsqlConnection connection)
    {
        await QueryAsync(connection, "SELECT 1");
        await QueryAsync(connection, "-- nothing");
        await SayFailureAsync(() => QueryAsync(connection, "SELEC"));
        Say(connection.PostgreSqlVersion);
        Say(connection.Timezone);
    }

    private async Task ExtendedAsync(NpgsqlConnection connection)
    {
        await QueryAsync(connection, "SELECT $1, $2, $3, $4, $5, $6, $7::int", 1, "text é", new byte[] { 0, 255 }, new int[] { 1, 2 }, 1.5, true, null);
        await SayFailureAsync(() => QueryAsync(connection, "SELECT 1 / $1", 0));
    }

    private async Task PreparedAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("SELECT $1 + 1, '2026-01-02'::date, 1.25::numeric", connection) { Parameters = { new() { NpgsqlDbType = NpgsqlDbType.Integer } } };
        await command.PrepareAsync(_stop);
        for (int n = 0; n < 4; n++)
        {
            command.Parameters[0].Value = n;
            await SayRowsAsync(command);
        }

        await QueryAsync(connection, "SELECT count(*) FROM pg_prepared_statements");
        await command.UnprepareAsync(_stop);
        await QueryAsync(connection, "SELECT count(*) FROM pg_prepared_statements");
    }

    private async Task PipelineAsync(NpgsqlConnection connection)
    {
        await using NpgsqlBatch batch = new(connection);
        for (int n = 0; n < 50; n++)
        {
            batch.BatchCommands.Add(new("INSERT INTO smoke VALUES ($1, 'batch') RETURNING id") { Parameters = { new() { Value = 1_000 + n } } });
        }

        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(_stop);
        int results = 0;
        do
        {
            results += await reader.ReadAsync(_stop) ? reader.GetInt32(0) : 0;
        }
        while (await reader.NextResultAsync(_stop));
        Say(results);
    }

    private async Task PipelineErrorAsync(NpgsqlConnection connection)
    {
        foreach (bool barriers in new[] { false, true })
        {
            await using NpgsqlBatch batch = new(connection)
            {
                EnableErrorBarriers = barriers,
                BatchCommands = { new("INSERT INTO smoke VALUES (601, 'first')"), new("SELECT 1 / 0"), new("INSERT INTO smoke VALUES (602, 'third')") },
            };
            await SayFailureAsync(() => batch.ExecuteNonQueryAsync(_stop));
            await QueryAsync(connection, "SELECT id FROM smoke WHERE id IN (601, 602) ORDER BY 1");
        }
    }

    private async Task CopyAsync(NpgsqlConnection connection)
    {
        await using (NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync("COPY smoke (id, body) FROM STDIN (FORMAT binary)", _stop))
        {
            for (int n = 0; n < 1_000; n++)
            {
                await importer.StartRowAsync(_stop);
                await importer.WriteAsync(2_000 + n, _stop);
                await importer.WriteAsync($"row {n}", _stop);
            }

            Say(await importer.CompleteAsync(_stop));
        }

        await using (TextWriter writer = await connection.BeginTextImportAsync("COPY smoke (id, body) FROM STDIN", _stop))
        {
            await writer.WriteAsync("4000\ttext\n");
        }

        using TextReader reader = await connection.BeginTextExportAsync("COPY (SELECT count(*), max(body) FROM smoke WHERE id >= 2000) TO STDOUT", _stop);
        Say(await reader.ReadToEndAsync(_stop));
    }

    private async Task CopyFailAsync(NpgsqlConnection connection)
    {
        // Disposed without Complete: CopyFail.
        await using (NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync("COPY smoke (id, body) FROM STDIN (FORMAT binary)", _stop))
        {
            await importer.StartRowAsync(_stop);
            await importer.WriteAsync(5_000, _stop);
            await importer.WriteAsync("never", _stop);
        }

        await QueryAsync(connection, "SELECT count(*) FROM smoke WHERE id = 5000");
    }

    private async Task NotifyAsync(NpgsqlConnection connection)
    {
        connection.Notification += (_, said) => Say($"{said.Channel} {said.Payload}");
        await ExecuteAsync(connection, "LISTEN smoke");
        await using NpgsqlConnection other = await ConnectAsync();
        await ExecuteAsync(other, "NOTIFY smoke, 'from another'");
        await connection.WaitAsync(_stop);
    }

    private async Task CancelAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("SELECT pg_sleep(30)", connection) { CommandTimeout = 1 };
        NpgsqlException timeout = await Assert.ThrowsAsync<NpgsqlException>(() => command.ExecuteNonQueryAsync(_stop));
        Say(timeout.InnerException!.GetType().Name);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        cancel.CancelAfter(500);
        command.CommandTimeout = 60;
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(cancel.Token));
        Say((cancelled.InnerException as PostgresException)?.SqlState);
        await QueryAsync(connection, "SELECT 2");
    }

    private async Task LargeObjectsAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand make = new("SELECT lo_from_bytea(0, $1)", connection) { Parameters = { new() { Value = new byte[16_384] } } };
        uint oid = (uint)(await make.ExecuteScalarAsync(_stop))!;
        await using NpgsqlCommand read = new("SELECT lo_put($1, 3, $2), lo_get($1), lo_unlink($1)", connection)
        {
            Parameters = { new() { Value = oid, NpgsqlDbType = NpgsqlDbType.Oid }, new() { Value = "written"u8.ToArray() } },
        };
        await SayRowsAsync(read);
    }

    private async Task NoticesAsync(NpgsqlConnection connection)
    {
        connection.Notice += (_, said) => Say($"{said.Notice.Severity} {said.Notice.SqlState} {said.Notice.MessageText} {said.Notice.Detail} {said.Notice.Hint}");
        await ExecuteAsync(connection, "ROLLBACK");
        await QueryAsync(connection, "SELECT smoke_notice($1)", "two");
    }

    private async Task LimitsAsync(NpgsqlConnection connection)
    {
        // SingleRow sends Execute with a row limit: the portal is suspended.
        await using NpgsqlCommand command = new("SELECT n FROM generate_series(1, 100) n", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SingleRow, _stop);
        while (await reader.ReadAsync(_stop))
        {
            Say(reader.GetInt32(0));
        }
    }

    private async Task TransactionsAsync(NpgsqlConnection connection)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.Serializable, _stop);
        await QueryAsync(connection, "INSERT INTO smoke VALUES (701, 'kept') RETURNING id");
        await transaction.SaveAsync("halfway", _stop);
        await SayFailureAsync(() => QueryAsync(connection, "SELECT 1 / 0"));
        await SayFailureAsync(() => QueryAsync(connection, "SELECT 1"));
        await transaction.RollbackAsync("halfway", _stop);
        await transaction.CommitAsync(_stop);
        await QueryAsync(connection, "SELECT count(*) FROM smoke WHERE id = 701");
    }

    private async Task PoolAsync(NpgsqlConnection _)
    {
        NpgsqlConnectionStringBuilder pooled = new(connectionString) { Pooling = true, MaxPoolSize = 1 };
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(pooled.ConnectionString);
        for (int round = 0; round < 3; round++)
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(_stop);
            await QueryAsync(connection, "SHOW application_name");
            await ExecuteAsync(connection, "SET application_name = 'changed'");
        }
    }

    private async Task LargeAsync(NpgsqlConnection connection)
    {
        await QueryAsync(connection, "SELECT length($1::bytea)", new byte[largeBytes]);
        await QueryAsync(connection, "SELECT $1::bytea", new byte[largeBytes]);
        await using (TextWriter writer = await connection.BeginTextImportAsync("COPY smoke (id, body) FROM STDIN", _stop))
        {
            await writer.WriteAsync("8000\t");
            await writer.WriteAsync(new string('y', largeBytes));
            await writer.WriteAsync("\n");
        }

        using TextReader reader = await connection.BeginTextExportAsync("COPY (SELECT body FROM smoke WHERE id = 8000) TO STDOUT", _stop);
        Say((await reader.ReadToEndAsync(_stop)).Length);
    }
}
