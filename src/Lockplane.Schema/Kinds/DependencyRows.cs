using System.Runtime.InteropServices;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A row of pg_depend.</summary>
/// <param name="SubId">The column of the object that needs something; 0 for the whole.</param>
/// <param name="Type">Its deptype.</param>
/// <param name="Needs">What is needed.</param>
/// <param name="NeedsSubId">The column of it; 0 for the whole.</param>
internal readonly record struct DependencyRow(int SubId, char Type, CatalogKey Needs, int NeedsSubId)
{
    /// <summary>What has it goes away with what is needed: it is a part of it, or was made for it.</summary>
    public bool IsPartOf => Type is 'a' or 'i' or 'P' or 'S';
}

/// <summary>The dependencies of a catalog, between keys. A large catalog has some hundred thousand: they stand in one list, each with the place of the one before of the same source.</summary>
internal sealed class DependencyRows
{
    private readonly List<(DependencyRow Row, int Before)> _rows = [];
    private readonly Dictionary<CatalogKey, int> _last = [];

    public IEnumerable<CatalogKey> Sources => _last.Keys;

    public IEnumerable<CatalogKey> Targets => _rows.Select(row => row.Row.Needs).Where(key => key.Object >= 16384);

    /// <summary>What an object needs, in no order that means anything.</summary>
    public Enumerable Of(CatalogKey source) => new(_rows, _last.TryGetValue(source, out int last) ? last : -1);

    /// <summary>What the object is a part of, or was made for.</summary>
    public IEnumerable<CatalogKey> WholesOf(CatalogKey source)
    {
        for (int i = _last.GetValueOrDefault(source, -1); i >= 0; i = _rows[i].Before)
        {
            if (_rows[i].Row.IsPartOf)
            {
                yield return _rows[i].Row.Needs;
            }
        }
    }

    public void Add(in CatalogRow row)
    {
        ref int last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, row.Key, out bool known);
        _rows.Add((new DependencyRow(row.SubId, (char)row.Kind, row.Needs, row.NeedsSubId), known ? last : -1));
        last = _rows.Count - 1;
    }

    /// <summary>Writes what each object depends on into its facts.</summary>
    public void Resolve(IReadOnlyDictionary<CatalogKey, ReadObject> objects, Belonging belonging, IReadOnlyDictionary<CatalogKey, ObjectId> names)
    {
        foreach (CatalogKey source in _last.Keys)
        {
            // Foreign keys that Postgres made inside of others, and what partitions have from their parents' triggers.
            if (source.Class is CatalogClasses.Constraint or CatalogClasses.Trigger && !objects.ContainsKey(source) && belonging.FindOwner(source)?.Id.Kind is "constraint" or "trigger")
            {
                continue;
            }

            if (belonging.IsLeftOut(source) || belonging.FindOwner(source) is not { } owner)
            {
                continue;
            }

            int column = source.Class == CatalogClasses.ColumnDefault ? ColumnOf(source) : 0;
            foreach (DependencyRow row in Of(source))
            {
                if (IsImplied(owner, row) || (belonging.Find(row.Needs, row.NeedsSubId) ?? names.GetValueOrDefault(row.Needs)) is not { } needed
                    || IsOwn(owner, column, needed))
                {
                    continue;
                }

                if (row.Type == 'x')
                {
                    owner.AddExtension(needed.Name);
                }
                else
                {
                    owner.AddNeed(column, needed);
                }
            }
        }

        foreach (ReadObject item in objects.Values)
        {
            item.SetNeeds();
        }
    }

    // Of a default, the column that it belongs to.
    private int ColumnOf(CatalogKey source)
    {
        int made = 0;
        int auto = 0;
        foreach (DependencyRow row in Of(source))
        {
            made = row.Type == 'i' ? row.NeedsSubId : made;
            auto = row.IsPartOf ? row.NeedsSubId : auto;
        }

        return made != 0 ? made : auto;
    }

    // A sequence's owner is a fact of its own, and so is what a partition's constraint or index is attached to. Which of several keys a foreign key's check uses depends on the order in which they were made.
    private static bool IsImplied(ReadObject item, in DependencyRow row) => row.Type == 'e'
        || (item.Facts is SequenceFacts && row.Type == 'a')
        || (item.Facts is ConstraintFacts or IndexFacts && row.Type is 'P' or 'S')
        || (item.Facts is ConstraintFacts { Type: ConstraintType.ForeignKey } && row is { NeedsSubId: 0, Type: 'n', Needs.Class: CatalogClasses.Relation });

    private static bool IsOwn(ReadObject item, int column, ObjectId needed)
    {
        ObjectId id = item.Id;
        return needed == id
            || (needed.Kind == "schema" && needed.Name == id.Schema)
            || (needed.Kind == "column" && needed.Schema == id.Schema && needed.Name == id.Name && id.Part is null && item.Facts is RelationFacts
                && (column == 0 || needed == item.Column(column)));
    }

    /// <summary>The rows of one source.</summary>
    public readonly struct Enumerable(List<(DependencyRow Row, int Before)> rows, int last)
    {
        public Enumerator GetEnumerator() => new(rows, last);
    }

    /// <summary>Goes from the last row to the first.</summary>
    public struct Enumerator(List<(DependencyRow Row, int Before)> rows, int last)
    {
        private int _next = last;

        public DependencyRow Current { get; private set; }

        public bool MoveNext()
        {
            if (_next < 0)
            {
                return false;
            }

            (Current, _next) = rows[_next];
            return true;
        }
    }
}
