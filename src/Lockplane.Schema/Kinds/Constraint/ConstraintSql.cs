using System.Text;
using Lockplane.Schema.Dsl;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes constraints.</summary>
internal static class ConstraintSql
{
    /// <summary>The constraint as it stands in CREATE TABLE or after ADD.</summary>
    public static string Definition(string name, ConstraintFacts facts)
    {
        StringBuilder text = new StringBuilder("CONSTRAINT ").Append(SqlName.Quote(name)).Append(' ').Append(Body(facts));
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
        ConstraintType.PrimaryKey => $"PRIMARY KEY ({SqlName.List(facts.Columns)}){Include(facts)}",
        ConstraintType.Unique =>
            $"UNIQUE {(facts.NullsNotDistinct ? "NULLS NOT DISTINCT " : "")}({SqlName.List(facts.Columns)}){Include(facts)}",
        ConstraintType.Check => $"CHECK ({facts.Expression})",
        ConstraintType.ForeignKey => $"FOREIGN KEY ({SqlName.List(facts.Columns)}) {References(facts.References!)}",
        _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.Type, "no type of constraint"),
    };

    private static string Include(ConstraintFacts facts) => facts.Include.Count == 0 ? "" : $" INCLUDE ({SqlName.List(facts.Include)})";

    private static string References(ReferenceFacts to)
    {
        StringBuilder text = new StringBuilder("REFERENCES ").Append(SqlName.Quote(to.Schema, to.Table)).Append(" (").Append(SqlName.List(to.Columns)).Append(')');
        text.Append(to.MatchFull ? " MATCH FULL" : "");
        text.Append(to.OnUpdate is null ? "" : " ON UPDATE " + to.OnUpdate);
        text.Append(to.OnDelete is null ? "" : " ON DELETE " + to.OnDelete);
        return text.Append(to.OnDeleteColumns.Count == 0 ? "" : $" ({SqlName.List(to.OnDeleteColumns)})").ToString();
    }
}
