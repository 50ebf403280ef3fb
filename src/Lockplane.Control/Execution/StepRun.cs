using System.Globalization;
using System.Text.RegularExpressions;
using Lockplane.Control.Connections;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Execution;

/// <summary>Runs a step within the apply's transaction: a data change is counted, and its rows are kept or restored where the plan says so.</summary>
/// <remarks>
/// Rows are kept by a trigger that is there for the time of the step, so that no catalog that is read shows it; its function is <c>lockplane.keep_row</c>. What it kept and what the command tag says must
/// be the same number.
/// </remarks>
internal sealed partial class StepRun(NpgsqlConnection connection, long entry, ControlOptions options)
{
    private const string Trigger = "lockplane_keeps_rows";

    // What the catalog of a scope may not show: it leaves out what is in other schemas.
    private const string ChangesMore = """
        SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = r.oid AND NOT t.tgisinternal)
            OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE r.oid IN (i.inhrelid, i.inhparent))
            OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = r.oid)
            OR EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE r.oid IN (c.conrelid, c.confrelid) AND c.condeferred)
            OR EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.confrelid = r.oid AND (c.confdeltype NOT IN ('a', 'r') OR c.confupdtype NOT IN ('a', 'r')))
        FROM pg_catalog.pg_class r WHERE r.oid = pg_catalog.to_regclass($1)
        """;

    /// <summary>Runs it.</summary>
    /// <exception cref="LockplaneException">LP507 when it touches fewer or more rows than it may; LP501 when not all of them were kept; LP203 when they cannot be.</exception>
    /// <exception cref="PostgresException">The server refused it.</exception>
    internal async Task RunAsync(PlanStep step, CancellationToken cancellation)
    {
        string sql = WithSecrets(step);
        if (step.Keeps is { } keeps)
        {
            await BeginKeepingAsync(step, keeps, cancellation).ConfigureAwait(false);
        }

        long rows = step.Restores is { } restores
            ? await RestoreAsync(step, restores, cancellation).ConfigureAwait(false)
            : await connection.RunCountedAsync(StatementRoles.WithDatabase(sql, connection.Database), cancellation).ConfigureAwait(false);
        if (step.Rows is { } bounds && (rows < bounds.Min || rows > bounds.Max))
        {
            throw new LockplaneException(
                ErrorCodes.RowBoundsExceeded,
                string.Create(CultureInfo.InvariantCulture, $"Step {step.N} ({step.Description}) touched {Words(rows)} and may touch {bounds.Min} to {bounds.Max}. Everything was rolled back."),
                step.Sql);
        }

        if (step.Keeps is { } kept)
        {
            await EndKeepingAsync(step, kept, rows, cancellation).ConfigureAwait(false);
        }
    }

    // Only where the server shows it to nobody but the mapped user and superusers: elsewhere a plan could put a secret where it can be read. The placeholder itself would be stored, and the hash, which has no secrets in it, would not show it.
    private string WithSecrets(PlanStep step)
    {
        if (!step.Sql.Contains("${secret:", StringComparison.Ordinal))
        {
            return step.Sql;
        }

        if (!UserMapping.IsMatch(step.Sql) || Placeholder.Replace(step.Sql, "").Contains("${secret:", StringComparison.Ordinal))
        {
            throw new LockplaneException(
                ErrorCodes.SecretInText, string.Create(CultureInfo.InvariantCulture, $"Step {step.N} ({step.Description}) needs a secret, and apply fills in those of user mappings only."), step.Sql,
                "Make this object or set this option by hand, and leave it out of the change.");
        }

        return Placeholder.Replace(step.Sql, found => Identifiers.QuoteLiteral(options.FindSecret(found.Groups[1].Value) ?? throw new LockplaneException(
            ErrorCodes.SecretInText, string.Create(CultureInfo.InvariantCulture, $"Step {step.N} ({step.Description}) needs a secret that is not there."), step.Sql,
            $"Set {ControlOptions.SecretPrefix}{found.Groups[1].Value} in the environment of the process that applies.")));
    }

    [GeneratedRegex(@"^(CREATE|ALTER) USER MAPPING [^']*OPTIONS \(", RegexOptions.IgnoreCase)]
    private static partial Regex UserMapping { get; }

    [GeneratedRegex(@"(?<![\w'&$])'\$\{secret:([A-Z0-9_]+)\}'(?!')")]
    private static partial Regex Placeholder { get; }

    private async Task BeginKeepingAsync(PlanStep step, KeptRows keeps, CancellationToken cancellation)
    {
        if (await connection.ReadScalarAsync<bool?>(ChangesMore, cancellation, keeps.Relation).ConfigureAwait(false) is not false)
        {
            throw new LockplaneException(
                ErrorCodes.Dependency,
                $"Step {step.N}: the rows of {keeps.Relation} cannot be kept: something that the catalog's scope leaves out changes rows along with them. Everything was rolled back.",
                hint: "Plan it without --keep-rows.");
        }

        await connection.RunAsync(
            cancellation,
            string.Create(CultureInfo.InvariantCulture, $"CREATE TRIGGER {Trigger} AFTER INSERT OR UPDATE OR DELETE ON {keeps.Relation} FOR EACH ROW EXECUTE FUNCTION lockplane.keep_row('{entry}', '{step.N}')"))
            .ConfigureAwait(false);
    }

    private async Task EndKeepingAsync(PlanStep step, KeptRows keeps, long rows, CancellationToken cancellation)
    {
        await connection.RunAsync(cancellation, $"DROP TRIGGER {Trigger} ON {keeps.Relation}").ConfigureAwait(false);
        long kept = await connection.ReadScalarAsync<long>("SELECT lockplane.end_keeping($1, $2)", cancellation, entry, step.N).ConfigureAwait(false);
        if (kept != rows)
        {
            throw new LockplaneException(
                ErrorCodes.ResultDiffers, string.Create(CultureInfo.InvariantCulture, $"Step {step.N} ({step.Description}) touched {Words(rows)}, and {kept} were kept. Everything was rolled back."), step.Sql);
        }
    }

    private async Task<long> RestoreAsync(PlanStep step, KeptRows rows, CancellationToken cancellation)
    {
        await connection.RunAsync(cancellation, RestoringSql.Settings.Select(setting => "SET LOCAL " + setting)).ConfigureAwait(false);
        await using NpgsqlCommand command = new(step.Sql, connection);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await row.ReadAsync(cancellation).ConfigureAwait(false);
        (long changed, long expected) = (row.GetInt64(0), row.GetInt64(1));
        return changed == expected ? changed : throw new LockplaneException(
            ErrorCodes.RowBoundsExceeded,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Step {step.N} was to bring back {Words(expected)} of {rows.Relation}, and {expected - changed} {(expected - changed == 1 ? "is" : "are")} not as entry {rows.Entry} left them. Everything was rolled back."),
            hint: "Somebody changed them since: write the rows that are wanted by `lockplane plan --sql`.");
    }

    private static string Words(long rows) => rows == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{rows} rows");
}
