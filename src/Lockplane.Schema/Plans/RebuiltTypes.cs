using System.Globalization;
using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Types that are dropped and made again, and the columns of tables that stay that have them.</summary>
internal sealed class RebuiltTypes(Catalog from, Catalog to)
{
    private const int MaxNameBytes = 63;

    private readonly HashSet<ObjectId> _types = [];
    private readonly Dictionary<ObjectId, bool> _inUse = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>There are none.</summary>
    public bool IsEmpty => _types.Count == 0;

    /// <summary>Takes in what is rebuilt; true when a type among it was not known yet that a column may have.</summary>
    public bool Add(IEnumerable<ObjectId> rebuilt)
    {
        bool found = false;
        _inUse.Clear();
        foreach (ObjectId id in rebuilt.Where(id => from.Find(id)?.Facts is EnumFacts or DomainFacts or CompositeTypeFacts or RangeTypeFacts && _types.Add(id)))
        {
            IEnumerable<string> names = from.Find(id)!.Facts is RangeTypeFacts range ? [id.QualifiedName, range.Multirange] : [id.QualifiedName];
            foreach (string name in names)
            {
                _names.Add(name);
                _names.Add(name + "[]");
            }

            found = true;
        }

        return found;
    }

    /// <summary>Whether the type, as a column names it, is one of them or an array of one.</summary>
    public bool Has(string type) => _names.Contains(type);

    /// <summary>A free name for a type that columns have; null when none has it.</summary>
    public ObjectId? AsideOf(ObjectId id)
    {
        // A range type's functions have its name and are not renamed with it.
        if (!_types.Contains(id) || from.Find(id)!.Facts is RangeTypeFacts || !IsInUse(id))
        {
            return null;
        }

        HashSet<string> taken = [.. from.Objects.Concat(to.Objects).Where(o => o.Id.Schema == id.Schema).Select(o => o.Id.Name)];
        string name = id.Name + "_old";
        for (int i = 1; taken.Contains(name) || Encoding.UTF8.GetByteCount(name) > MaxNameBytes; i++)
        {
            // Each type has numbers of its own, so that no two get one name.
            name = string.Create(CultureInfo.InvariantCulture, $"old_type_{_types.Order().TakeWhile(other => other != id).Count()}_{i}");
        }

        return id with { Name = name };
    }

    // By a column, or by way of a type that a column has.
    private bool IsInUse(ObjectId id)
    {
        if (!_inUse.TryGetValue(id, out bool known))
        {
            _inUse[id] = known = from.Objects.Any(o => o.Facts.DependsOn.Contains(id) && to.Contains(o.Id) && (o.Facts is TableFacts || (_types.Contains(o.Id) && o.Id != id && IsInUse(o.Id))));
        }

        return known;
    }
}
