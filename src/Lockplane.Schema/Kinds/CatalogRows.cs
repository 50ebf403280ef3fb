using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Gathers the rows of the introspection statement into a catalog.</summary>
/// <remarks>Use: <see cref="Add"/> every row, <see cref="SetName"/> for each of <see cref="Unnamed"/>, then <see cref="ToCatalog"/>.</remarks>
/// <param name="serverMajor">The major version of the server that was read.</param>
/// <param name="scope">What is to be described; the rest becomes <see cref="Catalog.Ignored"/>.</param>
public sealed class CatalogRows(int serverMajor, Scope scope)
{
    private readonly Dictionary<CatalogKey, ReadObject> _objects = [];
    private readonly Dictionary<CatalogKey, ObjectId> _names = [];
    private readonly List<CatalogRow> _details = [];
    private readonly HashSet<CatalogKey> _present = [];
    private readonly HashSet<CatalogKey> _managed = [];
    private readonly HashSet<CatalogKey> _unreadable = [];
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly HashSet<string> _versions = new(StringComparer.Ordinal);
    private readonly DependencyRows _dependencies = new();
    private readonly Dictionary<string, string?> _pool = new(StringComparer.Ordinal);

    /// <summary>Takes one row.</summary>
    /// <exception cref="FormatException">The row is of no known shape.</exception>
    public void Add(in CatalogRow row)
    {
        switch (row.Section)
        {
            case CatalogSection.Object:
                AddObject(row);
                break;
            case CatalogSection.Comment or CatalogSection.Label or CatalogSection.Privileges or CatalogSection.SwitchedOff:
                _details.Add(row);
                break;
            case CatalogSection.Dependency:
                _dependencies.Add(row);
                break;
            case CatalogSection.Present:
                _present.Add(row.Key);
                break;
            case CatalogSection.Unreadable:
                _unreadable.Add(row.Key);
                break;
            case CatalogSection.Managed:
                _managed.Add(row.Key);
                break;
            case CatalogSection.Environment:
                _environment[row.Name ?? ""] = Encoding.UTF8.GetString(row.Json.Span);
                break;
            default:
                throw new FormatException($"The introspection statement has no section {row.Section}.");
        }
    }

    /// <summary>What was found and no kind has read: each needs a name. In the order of their keys.</summary>
    public IReadOnlyList<CatalogKey> Unnamed()
    {
        Belonging belonging = Belonging();
        IEnumerable<CatalogKey> found = _present.Concat(_dependencies.Sources).Concat(_dependencies.Targets).Concat(_details.Select(d => d.Key));
        return [.. found.Distinct().Where(key => !belonging.IsNamed(key) && !belonging.IsLeftOut(key)).OrderBy(key => key.Class).ThenBy(key => key.Object)];
    }

    /// <summary>Says what an object is called that no kind has read.</summary>
    public void SetName(CatalogKey key, ObjectId name) => _names[key] = name;

    /// <summary>The tables that say which schemas are versions of others; what they say is to be given to <see cref="SetVersions"/>. In the order of their names.</summary>
    public IReadOnlyList<VersionState> VersionStates() =>
        [.. _objects.Values.Where(item => VersionState.IsState(item.Facts)).OrderBy(item => item.Id).Select(item => new VersionState(item.Id))];

    /// <summary>Leaves out the table's schema and the versions', as far as these hold nothing but views.</summary>
    /// <param name="state">The table.</param>
    /// <param name="schemas">The schemas that it names; null when the reading role may not read it.</param>
    public void SetVersions(VersionState state, IEnumerable<string>? schemas)
    {
        if (schemas is null)
        {
            _unreadable.Add(_objects.First(o => o.Value.Id == state.Table).Key);
            return;
        }

        HashSet<string?> others = [.. _objects.Values.Where(item => item.Id.Kind != "view").Select(item => item.Id.Schema), .. _names.Values.Select(name => name.Schema)];
        _versions.UnionWith(schemas.Where(schema => !others.Contains(schema)).Append(state.Table.Schema!));
    }

    /// <summary>The objects on which, or on whose columns, privileges were granted or revoked; only of a shadow is it read. Schemas are not among them.</summary>
    public IReadOnlySet<ObjectId> Managed() => _managed.Where(_objects.ContainsKey).Select(key => _objects[key].Id).ToHashSet();

    /// <summary>The catalog of all rows.</summary>
    public Catalog ToCatalog()
    {
        Belonging belonging = Belonging();
        UnmodelledObject[] unmodelled = [.. _names.Where(n => _present.Contains(n.Key)).Select(n => Unmodelled(belonging, n.Key, n.Value))];
        List<UnmodelledObject> more = [];
        foreach (CatalogRow row in _details.Where(row => !belonging.IsLeftOut(row.Key)))
        {
            if (!Attach(row, belonging) && Name(belonging, row.Key) is { } on)
            {
                more.Add(new UnmodelledObject(WordOf(row.Section), on.Schema, on.Name, on));
            }
        }

        _dependencies.Resolve(_objects, belonging, _names);
        List<CatalogObject> objects = [];
        List<ObjectId> ignored = [];
        foreach ((CatalogKey key, ReadObject item) in _objects)
        {
            if (belonging.IsIgnored(key))
            {
                ignored.Add(item.Id);
            }
            else if (!belonging.IsLeftOut(key))
            {
                if (IsSystem(item.Id.Schema) && item.Facts is not CatalogPrivilegesFacts)
                {
                    more.Add(new UnmodelledObject(item.Id.Kind, item.Id.Schema, item.Id.Name + item.Id.Signature));
                }
                else
                {
                    objects.Add(item.ToObject());
                }
            }
        }

        IEnumerable<ObjectId> unreadable = _unreadable.Where(key => !belonging.IsLeftOut(key)).Select(key => Name(belonging, key)).OfType<ObjectId>();
        return new Catalog(serverMajor, scope, objects, unmodelled.Concat(more), unreadable, ignored, _environment);
    }

    private void AddObject(in CatalogRow row)
    {
        ObjectKind kind = ObjectKinds.All[row.Kind];
        ObjectId id = new(kind.Name, Pooled(row.Schema), Pooled(row.Name)!, row.Part, row.Signature);
        try
        {
            _objects[row.Key] = new ReadObject(id, SettledFacts.Of(FactsJson.Read(kind, row.Json.Span)), Numbers(row.Attnums));
        }
        catch (JsonException error)
        {
            throw new FormatException($"The facts of {id} cannot be read: {error.Message}", error);
        }
    }

    // Of one schema and one table come many objects: each name is kept once.
    private string? Pooled(string? name)
    {
        if (name is null)
        {
            return null;
        }

        ref string? pooled = ref CollectionsMarshal.GetValueRefOrAddDefault(_pool, name, out _);
        return pooled ??= name;
    }

    // {1,2,4}
    private static int[] Numbers(string? array)
    {
        if (array is null or "{}")
        {
            return [];
        }

        ReadOnlySpan<char> items = array.AsSpan(1, array.Length - 2);
        int[] numbers = new int[items.Count(',') + 1];
        int at = 0;
        foreach (Range item in items.Split(','))
        {
            numbers[at++] = int.Parse(items[item], NumberStyles.None, CultureInfo.InvariantCulture);
        }

        return numbers;
    }

    private static string WordOf(CatalogSection section) => section switch
    {
        CatalogSection.Comment => "comment",
        CatalogSection.Label => "security label",
        CatalogSection.SwitchedOff => "disabled triggers",
        _ => "privileges",
    };

    // What goes on an object or a column that has been read; false for what Postgres made along with an object, such as an identity column's sequence.
    private bool Attach(in CatalogRow row, Belonging belonging)
    {
        if (row.Section == CatalogSection.SwitchedOff)
        {
            return false;
        }

        ReadObject? item = row.SubId == 0 ? _objects.GetValueOrDefault(row.Key) : belonging.FindOwner(row.Key);
        if (item is null)
        {
            return AttachToIdentity(row);
        }

        switch (row.Section)
        {
            case CatalogSection.Comment:
                string comment = JsonSerializer.Deserialize<string>(row.Json.Span)!;
                return row.SubId == 0 ? item.Set(f => f with { Comment = comment }) : item.SetColumn(row.SubId, c => c with { Comment = comment });
            case CatalogSection.Label:
                FactList<SecurityLabelFacts> labels = JsonSerializer.Deserialize<FactList<SecurityLabelFacts>>(row.Json.Span, FactsJson.Facts);
                return row.SubId == 0 ? item.Set(f => f with { SecurityLabels = labels }) : item.SetColumn(row.SubId, c => c with { SecurityLabels = labels });
            default:
                PrivilegeFacts privileges = JsonSerializer.Deserialize<PrivilegeFacts>(row.Json.Span, FactsJson.Facts)!;
                return row.SubId == 0 ? item.Set(f => f with { Privileges = privileges }) : item.SetColumn(row.SubId, c => c with { Privileges = privileges });
        }
    }

    // The sequence of an identity column is a part of the column.
    private bool AttachToIdentity(in CatalogRow row)
    {
        if (row.SubId != 0 || row.Key.Class != CatalogClasses.Relation)
        {
            return false;
        }

        foreach (DependencyRow made in _dependencies.Of(row.Key))
        {
            if (made is { Type: 'i', NeedsSubId: > 0 } && _objects.TryGetValue(made.Needs, out ReadObject? table))
            {
                (CatalogSection section, ReadOnlyMemory<byte> json) = (row.Section, row.Json);
                return table.SetColumn(made.NeedsSubId, c => c.Identity is null ? c : c with { Identity = Described(c.Identity, section, json.Span) });
            }
        }

        return false;
    }

    private static IdentityFacts Described(IdentityFacts identity, CatalogSection section, ReadOnlySpan<byte> json) => section switch
    {
        CatalogSection.Comment => identity with { Comment = JsonSerializer.Deserialize<string>(json)! },
        CatalogSection.Label => identity with { SecurityLabels = JsonSerializer.Deserialize<FactList<SecurityLabelFacts>>(json, FactsJson.Facts) },
        _ => identity with { Privileges = JsonSerializer.Deserialize<PrivilegeFacts>(json, FactsJson.Facts) },
    };

    private Belonging Belonging() => new(_objects, _dependencies, scope, _versions);

    private ObjectId? Name(Belonging belonging, CatalogKey key) => belonging.Find(key) ?? _names.GetValueOrDefault(key);

    private UnmodelledObject Unmodelled(Belonging belonging, CatalogKey key, ObjectId id)
    {
        ObjectId? on = _dependencies.WholesOf(key).Select(whole => Name(belonging, whole)).Where(name => name is not null).Order().FirstOrDefault();
        return new UnmodelledObject(id.Kind, id.Schema, id.Name, on);
    }

    private static bool IsSystem(string? schema) => schema is "information_schema" || schema?.StartsWith("pg_", StringComparison.Ordinal) == true;
}
