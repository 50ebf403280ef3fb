using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>The columns of tables in the order in which the statements of a plan leave them.</summary>
internal sealed class ReachedColumns(Difference difference)
{
    /// <summary>The columns of a table of the wanted catalog.</summary>
    public FactList<ColumnFacts> Of(ObjectId id, TableFacts made)
    {
        if (!difference.IsMade(id))
        {
            return difference.From.Find(id)?.Facts is TableFacts old ? Kept(id, old, made) : made.Columns;
        }

        // INHERITS takes the columns as they stand in the tables that it names.
        if (TableForms.Of(id, made, difference) != TableForm.Inheriting)
        {
            return made.Columns;
        }

        if (made.Columns.Any(c => difference.IsLate(id, c.Name)))
        {
            return made.Columns;
        }

        string[] first = [.. made.Inherits.SelectMany(parent => difference.To.Find(parent)?.Facts is TableFacts upper ? Of(parent, upper) : default).Select(c => c.Name).Distinct()];
        return first.Select(made.Find).OfType<ColumnFacts>().Concat(made.Columns.Where(c => !first.Contains(c.Name))).ToFactList();
    }

    // Those that stay, those that the tables that it inherits from are given, and its own.
    private FactList<ColumnFacts> Kept(ObjectId id, TableFacts old, TableFacts made)
    {
        bool Stays(ObjectId table, TableFacts facts, string name) => facts.Find(name) is not null && !difference.IsRemade(table, name);
        IEnumerable<string> kept = old.Columns.Select(c => c.Name).Where(name => Stays(id, old, name));
        IEnumerable<string> given = made.Inherits.Where(parent => difference.Stays(parent) && old.Inherits.Contains(parent)).Order().SelectMany(parent =>
            difference.From.Find(parent)?.Facts is TableFacts before && difference.To.Find(parent)?.Facts is TableFacts after
                ? Of(parent, after).Select(c => c.Name).Where(name => !Stays(parent, before, name)) : []);
        return kept.Concat(given).Concat(made.Columns.Select(c => c.Name)).Distinct().Select(made.Find).OfType<ColumnFacts>().ToFactList();
    }
}
