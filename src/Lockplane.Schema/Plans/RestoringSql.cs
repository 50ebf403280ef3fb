using System.Globalization;
using Lockplane.Sql;

namespace Lockplane.Schema.Plans;

/// <summary>The statement that brings kept rows back: one, so that foreign keys are checked when all rows are as they were.</summary>
/// <remarks>
/// It answers with one row: how many rows it changed, and how many it should have. They differ where a row is not what the change left any more. What is compared is the text of whole rows, which
/// the types' own output functions write; settings that these depend on are <see cref="Settings"/>.
/// </remarks>
public static class RestoringSql
{
    /// <summary>Stands for the number of the ledger entry in a plan that is not applied yet.</summary>
    public const string UnknownEntry = "${entry}";

    private const string NoRows = "(SELECT NULL::pg_catalog.text AS was, NULL::pg_catalog.text AS became WHERE false)";

    /// <summary>What reads and writes values as text without loss, besides the settings of every step.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["extra_float_digits = 1", "bytea_output = 'hex'", "lc_monetary = 'C'", "xmloption = content"];

    /// <summary>The statement as it is run.</summary>
    public static string Of(KeptRows rows) =>
        Of(rows, string.Create(CultureInfo.InvariantCulture, $"lockplane.kept_rows({rows.Entry?.ToString(CultureInfo.InvariantCulture) ?? UnknownEntry}, {rows.Step})"));

    /// <summary>The same of no rows: for a shadow, which has no schema <c>lockplane</c>.</summary>
    public static string OfNoRows(KeptRows rows) => Of(rows, NoRows);

    private static string Of(KeptRows rows, string source)
    {
        string table = rows.Relation;
        string[] compared = [.. rows.Identity.Concat(rows.Columns)];
        string same = string.Join(" AND ", rows.Key.Select(name => $"t.{Quoted(name)} = (k.became).{Quoted(name)}").Append($"{Text(compared, "t.")} = {Text(compared, "(k.became).")}"));
        // A row that was given another identity can only be made again.
        string moved = rows.Columns.Count == 0 ? "true" : rows.Identity.Count == 0 ? "false" : $"{Text(rows.Identity, "(k.was).")} <> {Text(rows.Identity, "(k.became).")}";
        string updated = rows.Columns.Count == 0 ? "SELECT 1 WHERE false" : $"""
            UPDATE ONLY {table} t SET {string.Join(", ", rows.Columns.Select(name => $"{Quoted(name)} = (k.was).{Quoted(name)}"))}
                FROM image k WHERE (SELECT count(*) FROM deleted) >= 0 AND k.had AND k.has AND NOT k.moved AND {same} RETURNING 1
            """;
        return $"""
            WITH kept AS MATERIALIZED (
                SELECT k.was IS NOT NULL AS had, k.became IS NOT NULL AS has, k.was::{table} AS was, k.became::{table} AS became FROM {source} k
            ), image AS MATERIALIZED (
                SELECT k.*, k.had AND k.has AND {moved} AS moved FROM kept k
            ), deleted AS (
                DELETE FROM ONLY {table} t USING image k WHERE k.has AND (NOT k.had OR k.moved) AND {same} RETURNING 1
            ), updated AS (
                {updated}
            ), inserted AS (
                INSERT INTO {table} ({string.Join(", ", compared.Select(Quoted))}) OVERRIDING SYSTEM VALUE
                SELECT {string.Join(", ", compared.Select(name => "(k.was)." + Quoted(name)))}
                FROM image k WHERE (SELECT count(*) FROM updated) >= 0 AND k.had AND (NOT k.has OR k.moved) RETURNING 1
            )
            SELECT (SELECT count(*) FROM deleted) + (SELECT count(*) FROM updated) + (SELECT count(*) FROM inserted) AS changed,
                (SELECT coalesce(sum(CASE WHEN k.moved THEN 2 ELSE 1 END), 0) FROM image k)::bigint AS expected
            """.ReplaceLineEndings("\n");
    }

    private static string Text(IEnumerable<string> columns, string prefix) => $"ROW({string.Join(", ", columns.Select(name => prefix + Quoted(name)))})::pg_catalog.text";

    private static string Quoted(string name) => Identifiers.Quote(name);
}
