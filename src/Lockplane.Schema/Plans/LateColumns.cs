using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>
/// Columns that a table of an inheritance tree was given when others inherited from it already: there they stand behind the others' own columns. They are added
/// when all tables of the tree are made.
/// </summary>
internal sealed class LateColumns
{
    /// <summary>The subject of the statements that add them: what needs such a column waits for all of them.</summary>
    public static readonly ObjectId Subject = new("column", null, "added to tables that others inherit from");

    private readonly Catalog _catalog;
    private readonly Dictionary<ObjectId, HashSet<string>> _late = [];

    public LateColumns(Catalog catalog)
    {
        _catalog = catalog;
        foreach (CatalogObject item in catalog.Objects)
        {
            if (item.Facts is TableFacts { IsPartition: false, Inherits.Count: > 0 } table)
            {
                FindOutOfOrder(item.Id, table);
            }
        }

        int before = -1;
        while (Count > before)
        {
            before = Count;
            foreach (ObjectId table in _late.Keys.ToArray())
            {
                Spread(table);
            }
        }
    }

    private int Count => _late.Values.Sum(columns => columns.Count);

    /// <summary>Whether the column of the table is such a one.</summary>
    public bool Contains(ObjectId table, string column) => _late.TryGetValue(table, out HashSet<string>? columns) && columns.Contains(column);

    /// <summary>The columns where they begin, in an order in which adding them gives every table its columns in order.</summary>
    public IEnumerable<(ObjectId Table, ColumnFacts Column)> InOrder()
    {
        List<(ObjectId Table, string Column)> left = [.. _late.OrderBy(t => t.Key)
            .SelectMany(t => Table(t.Key).Columns.Where(c => t.Value.Contains(c.Name) && !c.Inherited).Select(c => (t.Key, c.Name)))];
        Dictionary<(ObjectId, string), HashSet<(ObjectId, string)>> before = left.ToDictionary(event_ => event_, _ => new HashSet<(ObjectId, string)>());
        foreach ((ObjectId table, HashSet<string> columns) in _late)
        {
            (ObjectId, string)[] events = [.. Table(table).Columns.Where(c => columns.Contains(c.Name)).Select(c => (Origin(table, c.Name), c.Name))];
            for (int i = 1; i < events.Length; i++)
            {
                if (before.TryGetValue(events[i], out HashSet<(ObjectId, string)>? waits) && events[i] != events[i - 1])
                {
                    waits.Add(events[i - 1]);
                }
            }
        }

        while (left.Count > 0)
        {
            // A circle comes of no history; the order of one table is then not reached, which the plan says.
            (ObjectId Table, string Column) next = left.FirstOrDefault(e => !before[e].Any(b => left.Contains(b)), left[0]);
            left.Remove(next);
            yield return (next.Table, Table(next.Table).Find(next.Column)!);
        }
    }

    private TableFacts Table(ObjectId id) => (TableFacts)_catalog.Find(id)!.Facts;

    private void FindOutOfOrder(ObjectId id, TableFacts table)
    {
        string[] merged = [.. TableForms.Merged(id, table, _catalog).Select(c => c.Name)];
        string[] actual = [.. table.Columns.Select(c => c.Name)];
        int same = merged.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count();
        foreach (string column in merged.Skip(same).Where(c => table.Find(c) is { Inherited: true }))
        {
            Add(id, column);
        }
    }

    private void Spread(ObjectId id)
    {
        TableFacts table = Table(id);
        foreach (ColumnFacts column in table.Columns.SkipWhile(c => !Contains(id, c.Name)))
        {
            Add(id, column.Name);
            IEnumerable<ObjectId> parents = column.Inherited ? table.Inherits.Where(parent => (_catalog.Find(parent)?.Facts as TableFacts)?.Find(column.Name) is not null) : [];
            foreach (ObjectId other in parents.Concat(_catalog.ChildrenOf(id).Where(child => Table(child).Find(column.Name) is { Inherited: true })))
            {
                Add(other, column.Name);
            }
        }
    }

    /// <summary>The table that such a column comes from.</summary>
    public ObjectId Origin(ObjectId table, string column) => Table(table).Find(column) is { Inherited: true }
        ? Table(table).Inherits.Where(parent => Contains(parent, column)).Select(parent => Origin(parent, column)).FirstOrDefault(table) : table;

    private void Add(ObjectId table, string column)
    {
        if (!_late.TryGetValue(table, out HashSet<string>? columns))
        {
            _late[table] = columns = [];
        }

        columns.Add(column);
    }
}
