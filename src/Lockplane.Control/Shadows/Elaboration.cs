using Lockplane.Control.Connections;
using Lockplane.Control.Plans;
using Lockplane.Schema.Dsl;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>Loads the statements of schema files into a shadow, in the order in which they can be loaded.</summary>
/// <remarks>
/// By trial: a statement that fails is tried again when all others have been, until none succeeds any more. Each is a transaction of its own, so that one that fails leaves nothing. For statements
/// that come in a good order the cost is one round trip each.
/// </remarks>
internal static class Elaboration
{
    private static readonly string[] Settings =
    [
        "SET search_path = public",
        "SET TimeZone = 'UTC'",
        "SET DateStyle = 'ISO, MDY'",
        "SET IntervalStyle = 'postgres'",
        "SET default_table_access_method = heap",
        "SET default_tablespace = ''",
        // Bodies of functions may name what is loaded later.
        "SET check_function_bodies = off",
        "SET client_min_messages = notice",
    ];

    /// <summary>Loads them.</summary>
    /// <exception cref="LockplaneException">LP401 with file, line and column of the first that cannot be loaded, and Postgres's message; LP403 when the shadow may not or lacks something.</exception>
    public static async Task LoadAsync(Shadow shadow, IReadOnlyList<SchemaStatement> statements, IProgress<PlanProgress>? progress, CancellationToken cancellation)
    {
        await shadow.Connection.RunAsync(cancellation, Settings).ConfigureAwait(false);
        PostgresNotice? skipped = null;
        shadow.Connection.Notice += (_, e) => skipped = IsSkipped(e.Notice) ? e.Notice : skipped;
        List<SchemaStatement> waiting = [.. statements];
        while (waiting.Count > 0)
        {
            List<(SchemaStatement Statement, PostgresException Error)> failed = [];
            foreach ((int i, SchemaStatement statement) in waiting.Index())
            {
                skipped = null;
                progress?.Report(new PlanProgress(PlanWork.Load, statements.Count - waiting.Count + i - failed.Count + 1, statements.Count));
                try
                {
                    await shadow.RunAsync(statement.Sql, cancellation).ConfigureAwait(false);
                }
                catch (PostgresException e)
                {
                    failed.Add((statement, e));
                }
                catch (NpgsqlException e) when (e.InnerException is TimeoutException)
                {
                    throw new LockplaneException(
                        ErrorCodes.ShadowStepFailed, $"{statement.Place}: it took longer than {shadow.Connection.CommandTimeout} seconds on a shadow without rows, and was given up.",
                        hint: "Look for a function that it runs, as a partition's bounds or a domain's default do.", inner: e);
                }
                catch (LockplaneException e) when (e.Code == ErrorCodes.ShadowIncomplete)
                {
                    throw new LockplaneException(e.Code, $"{statement.Place}: {e.Message}", e.Detail, e.Hint, e);
                }

                if (skipped is not null && statement.Kind != "CreateExtensionStmt")
                {
                    throw new LockplaneException(
                        ErrorCodes.StatementNotAllowed, $"{statement.Place}: another statement makes it, too, and this one would do nothing ({skipped.MessageText}).", hint: "Describe it once.");
                }
            }

            if (failed.Count == waiting.Count)
            {
                throw Stuck(failed);
            }

            waiting = [.. failed.Select(f => f.Statement)];
        }
    }

    // Of a table, a column, or another object that IF NOT EXISTS has found. What a schema is, its name says.
    private static bool IsSkipped(PostgresNotice notice) =>
        notice.SqlState is PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateColumn or PostgresErrorCodes.DuplicateObject;

    // What only fails for want of another that fails is less interesting than what is wrong by itself.
    private static LockplaneException Stuck(List<(SchemaStatement Statement, PostgresException Error)> failed)
    {
        (SchemaStatement statement, PostgresException error) = failed.OrderBy(f => IsMissing(f.Error)).First();
        string more = failed.Count == 1 ? "" : $"{failed.Count - 1} other statements cannot be loaded, either: {string.Join("; ", failed.Where(f => f.Statement != statement).Take(5).Select(f => $"{f.Statement.Place}: {f.Error.MessageText}"))}";
        return new LockplaneException(
            error.SqlState == PostgresErrorCodes.InsufficientPrivilege ? ErrorCodes.ShadowIncomplete : ErrorCodes.ShadowStepFailed,
            $"{PlaceOf(statement, error.Position)}: {error.MessageText} ({error.SqlState}).",
            more.Length > 0 ? more : null,
            error.Hint ?? (error.SqlState == PostgresErrorCodes.InsufficientPrivilege
                ? "What needs a superuser is run only where shadow_url is a superuser's, and of that not everything: leave it out by [scope] ignore, or have an administrator make it on the target." : "Correct the statement; the order of files and statements does not matter."),
            error);
    }

    private static bool IsMissing(PostgresException error) => error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedObject
        or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn;

    // Postgres counts characters of the statement from one; where names were replaced, it counts those.
    private static string PlaceOf(SchemaStatement statement, int position)
    {
        if (position <= 1 || position > statement.Sql.Length)
        {
            return statement.Place;
        }

        string before = statement.Sql[..(position - 1)];
        int lines = before.Count(c => c == '\n');
        int column = before.Length - before.LastIndexOf('\n');
        return $"{statement.File}:{statement.Line + lines}:{(lines == 0 ? statement.Column + column - 1 : column)}";
    }
}
