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
            return difference.From.Find(id)?.Facts is TableFacts old ? difference.ColumnsAfter(id, old, made).ToFactList() : made.Columns;
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
}
