using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An object while its catalog is being read.</summary>
internal sealed class ReadObject(ObjectId id, ObjectFacts facts, int[] attnums)
{
    // By column number; 0 for the object itself.
    private Dictionary<int, List<ObjectId>>? _needs;
    private List<string>? _extensions;
    private ObjectId[]? _columns;

    public ObjectId Id => id;

    public ObjectFacts Facts { get; private set; } = facts;

    /// <summary>The column of this number; null when the object has none.</summary>
    public ObjectId? Column(int attnum)
    {
        if (Array.IndexOf(attnums, attnum) is not (>= 0 and int place) || Facts is not RelationFacts relation)
        {
            return null;
        }

        _columns ??= [.. relation.Columns.Select(column => new ObjectId("column", id.Schema, id.Name, column.Name))];
        return _columns[place];
    }

    public bool Set(Func<ObjectFacts, ObjectFacts> change)
    {
        Facts = change(Facts);
        return true;
    }

    /// <summary>False when there is no such column.</summary>
    public bool SetColumn(int attnum, Func<ColumnFacts, ColumnFacts> change)
    {
        if (Facts is not RelationFacts relation || Array.IndexOf(attnums, attnum) is not (>= 0 and int place))
        {
            return false;
        }

        Facts = relation with { Columns = new FactList<ColumnFacts>(relation.Columns.Items.SetItem(place, change(relation.Columns[place]))) };
        return true;
    }

    /// <summary>Notes that the object, or its column of this number, needs something.</summary>
    public void AddNeed(int attnum, ObjectId needed)
    {
        _needs ??= [];
        if (!_needs.TryGetValue(attnum, out List<ObjectId>? needs))
        {
            _needs[attnum] = needs = [];
        }

        needs.Add(needed);
    }

    /// <summary>Notes that the object goes away with an extension.</summary>
    public void AddExtension(string name) => (_extensions ??= []).Add(name);

    /// <summary>Writes what was noted into the facts.</summary>
    public void SetNeeds()
    {
        foreach ((int attnum, List<ObjectId> needs) in _needs ?? [])
        {
            FactList<ObjectId> list = needs.Count == 1 ? [needs[0]] : needs.Distinct().Order().ToFactList();
            _ = attnum == 0 ? Set(f => f with { DependsOn = list }) : SetColumn(attnum, c => c with { DependsOn = list });
        }

        if (_extensions is { } extensions)
        {
            Set(f => f with { DependsOnExtensions = extensions.Distinct(StringComparer.Ordinal).Order(Utf8Order.Instance).ToFactList() });
        }

        _needs = null;
        _extensions = null;
    }

    public CatalogObject ToObject() => new(id, Facts);
}
