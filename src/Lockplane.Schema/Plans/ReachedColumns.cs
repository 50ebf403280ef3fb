using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>The columns of tables in the order in which the statements of a plan leave them.</summary>
internal sealed class ReachedColumns(Difference difference)
{
    private readonly Lazy<(ObjectId Table, string Name)[]> _late = new(() => [.. difference.To.LateColumns.InOrder().Select(column => (column.Table, column.Column.Name))]);

    /// <summary>The columns of a table of the wanted catalog.</summary>
    public FactList<ColumnFacts> Of(ObjectId id, TableFacts made)
    {
        if (!difference.IsMade(id))
        {
            return difference.From.Find(id)?.Facts is TableFacts old ? Kept(id, old, made) : made.Columns;
        }

        string[] late = [.. made.Columns.Select(c => c.Name).Where(name => difference.IsLate(id, name))];
        if (late.Length == 0 && TableForms.Of(id, made, difference) != TableForm.Inheriting)
        {
            return made.Columns;
        }

        // INHERITS takes the columns as they stand in the tables that it names; those that are added late come to all tables below at once.
        IEnumerable<string> first = made.Inherits.SelectMany(parent => difference.To.Find(parent)?.Facts is TableFacts upper
            ? Of(parent, upper).Select(c => c.Name).Where(name => !difference.IsLate(parent, name)) : []);
        IEnumerable<string> own = made.Columns.Select(c => c.Name).Except(late);
        IEnumerable<string> added = late.Length == 0 ? [] : _late.Value.Where(column => late.Contains(column.Name) && difference.To.LateColumns.Origin(id, column.Name) == column.Table).Select(column => column.Name);
        return first.Except(late).Concat(own).Concat(added).Distinct().Select(made.Find).OfType<ColumnFacts>().ToFactList();
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
