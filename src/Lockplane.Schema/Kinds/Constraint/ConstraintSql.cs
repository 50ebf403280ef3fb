using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes constraints.</summary>
internal static class ConstraintSql
{
    /// <summary>The constraint as it stands in CREATE TABLE or after ADD.</summary>
    public static string Definition(string name, ConstraintFacts facts)
    {
        StringBuilder text = new StringBuilder("CONSTRAINT ").Append(Identifiers.Quote(name)).Append(' ').Append(Body(facts));
        if (facts.NoInherit)
        {
            text.Append(" NO INHERIT");
        }

        text.Append(Deferrability(facts));
        if (facts.NotEnforced)
        {
            return text.Append(" NOT ENFORCED").ToString();
        }

        return facts.NotValid ? text.Append(" NOT VALID").ToString() : text.ToString();
    }

    /// <summary>When it is checked, with a space before it; empty for at once.</summary>
    public static string Deferrability(ConstraintFacts facts) =>
        (facts.Deferrable ? " DEFERRABLE" : "") + (facts.InitiallyDeferred ? " INITIALLY DEFERRED" : "");

    private static string Body(ConstraintFacts facts) => facts.Type switch
    {
        ConstraintType.PrimaryKey => $"PRIMARY KEY ({Columns(facts)}){Include(facts)}{Index(facts)}",
        ConstraintType.Unique =>
            $"UNIQUE {(facts.NullsNotDistinct ? "NULLS NOT DISTINCT " : "")}({Columns(facts)}){Include(facts)}{Index(facts)}",
        ConstraintType.Exclusion =>
            $"EXCLUDE {facts.Exclusion!.Definition}{Index(facts)}{(facts.Exclusion.Predicate is null ? "" : $" WHERE ({facts.Exclusion.Predicate})")}",
        ConstraintType.Check => $"CHECK ({facts.Expression})",
        ConstraintType.ForeignKey => $"FOREIGN KEY ({Period(facts, facts.Columns)}) {References(facts, facts.References!)}",
        _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.Type, "no type of constraint"),
    };

    private static string Columns(ConstraintFacts facts) => Identifiers.QuoteList(facts.Columns) + (facts.Period ? " WITHOUT OVERLAPS" : "");

    private static string Period(ConstraintFacts facts, FactList<string> columns) => facts.Period
        ? Identifiers.QuoteList(columns.SkipLast(1)) + ", PERIOD " + Identifiers.Quote(columns[^1]) : Identifiers.QuoteList(columns);

    // How the index behind it is kept.
    private static string Index(ConstraintFacts facts) =>
        TableSql.With(facts.Options) + (facts.Tablespace is null ? "" : " USING INDEX TABLESPACE " + Identifiers.Quote(facts.Tablespace));

    private static string Include(ConstraintFacts facts) => facts.Include.Count == 0 ? "" : $" INCLUDE ({Identifiers.QuoteList(facts.Include)})";

    private static string References(ConstraintFacts facts, ReferenceFacts to)
    {
        StringBuilder text = new StringBuilder("REFERENCES ").Append(Identifiers.QuoteQualified(to.Schema, to.Table)).Append(" (").Append(Period(facts, to.Columns)).Append(')');
        text.Append(to.MatchFull ? " MATCH FULL" : "");
        text.Append(to.OnUpdate is null ? "" : " ON UPDATE " + to.OnUpdate);
        text.Append(to.OnDelete is null ? "" : " ON DELETE " + to.OnDelete);
        return text.Append(to.OnDeleteColumns.Count == 0 ? "" : $" ({Identifiers.QuoteList(to.OnDeleteColumns)})").ToString();
    }
}
