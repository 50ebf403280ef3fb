using System.Collections.Immutable;
using Lockplane.Control.Connections;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.Control.Walls;

/// <summary>What became of an attempt to do what a wall forbids.</summary>
internal enum Attempt
{
    /// <summary>Refused for want of a privilege.</summary>
    Refused,

    /// <summary>It worked: there is no wall.</summary>
    Succeeded,

    /// <summary>The role could not be taken, or something else went wrong: only the catalog can be asked.</summary>
    NotTried,
}

/// <summary>What walls are checked with: a connection in a transaction that is rolled back, unless walls are being built.</summary>
/// <param name="connection">In a transaction.</param>
/// <param name="options">What is to stand.</param>
/// <param name="applyRole">The role that applies plans.</param>
/// <param name="administrator">Whether the connection is the administrator's, who can act as the roles.</param>
internal sealed class WallScene(NpgsqlConnection connection, WallOptions options, string applyRole, bool administrator)
{
    /// <summary>The roles that <c>$1</c> is in, itself included: by grants, so that a superuser is not in all.</summary>
    public const string MemberOf = """
        WITH RECURSIVE member_of AS (
            SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1
            UNION
            SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN member_of o ON m.member = o.oid
        )
        """;

    /// <summary>Schemas of users, as a condition on <c>n.nspname</c>.</summary>
    public const string UserSchema = "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lockplane')";

    private const string Savepoint = "lockplane_attempt";

    public WallOptions Options => options;

    /// <summary>The application's roles that exist.</summary>
    public ImmutableArray<string> Roles { get; init; } = options.Roles;

    public string ApplyRole => applyRole;

    /// <summary>Whether the administrator asks.</summary>
    public bool IsAdministrator => administrator;

    public string Database => connection.Database;

    /// <summary>The server's version.</summary>
    public Version Version => connection.PostgreSqlVersion;

    /// <summary>One value; texts only as parameters.</summary>
    public Task<T?> ReadAsync<T>(string sql, CancellationToken cancellation, params object[] values) => connection.ReadScalarAsync<T>(sql, cancellation, values);

    /// <summary>The first column, which is text, of all rows.</summary>
    public async Task<List<string>> ListAsync(string sql, CancellationToken cancellation, params object[] values) =>
        (await RowsAsync(sql, cancellation, values).ConfigureAwait(false)).ConvertAll(row => row[0]!);

    /// <summary>All columns, which are text, of all rows.</summary>
    public async Task<List<string?[]>> RowsAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        List<string?[]> rows = [];
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetString(column))]);
        }

        return rows;
    }

    /// <summary>Tries, as a role, what a wall forbids, and takes it back whatever came of it.</summary>
    public async Task<Attempt> AttemptAsync(string role, string sql, CancellationToken cancellation)
    {
        if (!administrator)
        {
            return Attempt.NotTried;
        }

        string name = Identifiers.Quote(role);
        PostgresException? error = await UndoneAsync(cancellation, $"SET LOCAL ROLE {name}").ConfigureAwait(false);
        string[] become = error is null ? [$"SET LOCAL ROLE {name}"] : [$"GRANT {name} TO CURRENT_USER", $"SET LOCAL ROLE {name}"];
        if (error is not null && await UndoneAsync(cancellation, become).ConfigureAwait(false) is not null)
        {
            return Attempt.NotTried;
        }

        return (await UndoneAsync(cancellation, [.. become, sql]).ConfigureAwait(false))?.SqlState switch
        {
            null => Attempt.Succeeded,
            PostgresErrorCodes.InsufficientPrivilege => Attempt.Refused,
            _ => Attempt.NotTried,
        };
    }

    /// <summary>Runs statements and takes them back; the error that one ended with, or null.</summary>
    public async Task<PostgresException?> UndoneAsync(CancellationToken cancellation, params IEnumerable<string> statements)
    {
        PostgresException? error = await RunAsync(cancellation, [$"SAVEPOINT {Savepoint}", .. statements]).ConfigureAwait(false);
        await connection.RunAsync(cancellation, $"ROLLBACK TO SAVEPOINT {Savepoint}", $"RELEASE SAVEPOINT {Savepoint}").ConfigureAwait(false);
        return error;
    }

    /// <summary>Runs statements, all or none; the error that one ended with, or null.</summary>
    public async Task<PostgresException?> TryAsync(CancellationToken cancellation, params IEnumerable<string> statements)
    {
        PostgresException? error = await RunAsync(cancellation, [$"SAVEPOINT {Savepoint}", .. statements]).ConfigureAwait(false);
        string[] end = error is null ? [$"RELEASE SAVEPOINT {Savepoint}"] : [$"ROLLBACK TO SAVEPOINT {Savepoint}", $"RELEASE SAVEPOINT {Savepoint}"];
        await connection.RunAsync(cancellation, end).ConfigureAwait(false);
        return error;
    }

    private async Task<PostgresException?> RunAsync(CancellationToken cancellation, params IEnumerable<string> statements)
    {
        try
        {
            await using NpgsqlBatch batch = new(connection);
            foreach (string statement in statements)
            {
                batch.BatchCommands.Add(options.Strict is { } strict && statement == strict.Key.Statement ? strict.Key.Command : new NpgsqlBatchCommand(statement));
            }

            await batch.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
            return null;
        }
        catch (PostgresException error) when (error.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            return error;
        }
    }
}
