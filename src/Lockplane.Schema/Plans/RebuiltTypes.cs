using System.Security.Cryptography;
using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Types and collations that are dropped and made again, and the columns of tables that stay that have them.</summary>
internal sealed class RebuiltTypes(Catalog from, Catalog to)
{
    private const int DigitsOfName = 16;

    private readonly HashSet<ObjectId> _types = [];
    private readonly Dictionary<ObjectId, bool> _inUse = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _collations = new(StringComparer.Ordinal);

    /// <summary>There are none.</summary>
    public bool IsEmpty => _types.Count == 0;

    /// <summary>Takes in what is rebuilt; true when a type among it was not known yet that a column may have.</summary>
    public bool Add(IEnumerable<ObjectId> rebuilt)
    {
        bool found = false;
        _inUse.Clear();
        foreach (ObjectId id in rebuilt.Where(id => (id.Kind == "collation" || from.Find(id)?.Facts is EnumFacts or DomainFacts or CompositeTypeFacts or RangeTypeFacts) && _types.Add(id)))
        {
            found = true;
            if (id.Kind == "collation")
            {
                _collations.Add(id.QualifiedName);
                continue;
            }

            IEnumerable<string> names = from.Find(id)!.Facts is RangeTypeFacts range ? [id.QualifiedName, range.Multirange] : [id.QualifiedName];
            foreach (string name in names)
            {
                _names.Add(name);
                _names.Add(name + "[]");
            }
        }

        return found;
    }

    /// <summary>The column's type is one of them or an array of one.</summary>
    public bool HasTypeOf(ColumnFacts column) => _names.Contains(column.Type);

    /// <summary>The column's collation is one of them.</summary>
    public bool HasCollationOf(ColumnFacts column) => column.Collation is not null && _collations.Contains(column.Collation);

    /// <summary>A free name, made of a hash of its own, for one that columns have; null when none has it.</summary>
    public ObjectId? AsideOf(ObjectId id)
    {
        // A range type's functions have its name and are not renamed with it.
        if (!_types.Contains(id) || from.Find(id)!.Facts is RangeTypeFacts || !IsInUse(id))
        {
            return null;
        }

        HashSet<string> taken = [.. from.Objects.Concat(to.Objects).Where(o => o.Id.Schema == id.Schema).Select(o => o.Id.Name)];
        string digits = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id.Kind} {id.QualifiedName}")));
        int start = 0;
        while (taken.Contains(Named()))
        {
            start++;
        }

        return id with { Name = Named() };

        string Named() => string.Concat("old_", digits.AsSpan(start, DigitsOfName));
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
