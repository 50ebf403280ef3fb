using System.Text;
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
        ConstraintType.PrimaryKey => $"PRIMARY KEY ({Identifiers.QuoteList(facts.Columns)}){Include(facts)}",
        ConstraintType.Unique =>
            $"UNIQUE {(facts.NullsNotDistinct ? "NULLS NOT DISTINCT " : "")}({Identifiers.QuoteList(facts.Columns)}){Include(facts)}",
        ConstraintType.Check => $"CHECK ({facts.Expression})",
        ConstraintType.ForeignKey => $"FOREIGN KEY ({Identifiers.QuoteList(facts.Columns)}) {References(facts.References!)}",
        _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.Type, "no type of constraint"),
    };

    private static string Include(ConstraintFacts facts) => facts.Include.Count == 0 ? "" : $" INCLUDE ({Identifiers.QuoteList(facts.Include)})";

    private static string References(ReferenceFacts to)
    {
        StringBuilder text = new StringBuilder("REFERENCES ").Append(Identifiers.QuoteQualified(to.Schema, to.Table)).Append(" (").Append(Identifiers.QuoteList(to.Columns)).Append(')');
        text.Append(to.MatchFull ? " MATCH FULL" : "");
        text.Append(to.OnUpdate is null ? "" : " ON UPDATE " + to.OnUpdate);
        text.Append(to.OnDelete is null ? "" : " ON DELETE " + to.OnDelete);
        return text.Append(to.OnDeleteColumns.Count == 0 ? "" : $" ({Identifiers.QuoteList(to.OnDeleteColumns)})").ToString();
    }
}
