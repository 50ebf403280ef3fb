using System.Text;
using System.Text.Json;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Gathers the rows of the introspection statement into a catalog.</summary>
/// <param name="serverMajor">The major version of the server that was read.</param>
/// <param name="scope">What is to be described; the rest becomes <see cref="Catalog.Ignored"/>.</param>
public sealed class CatalogRows(int serverMajor, Scope scope)
{
    private readonly List<CatalogObject> _objects = [];
    private readonly List<UnmodelledObject> _unmodelled = [];
    private readonly List<ObjectId> _ignored = [];
    private readonly List<Requirement> _requirements = [];
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    /// <summary>Takes one row.</summary>
    /// <param name="section"><c>object</c>, <c>unmodelled</c>, <c>requirement</c> or <c>environment</c>.</param>
    /// <param name="kind">The object's kind.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="name">Its name.</param>
    /// <param name="part">Its part.</param>
    /// <param name="json">Its facts; of the other sections the other object's name, or a version as text.</param>
    /// <exception cref="FormatException">The row is of no known shape.</exception>
    public void Add(string section, string kind, string? schema, string name, string? part, string? json)
    {
        ObjectId id = new(kind, schema, name, part);
        try
        {
            switch (section)
            {
                case "object" when !scope.Includes(id):
                case "unmodelled" when !scope.Includes(id):
                    _ignored.Add(id);
                    break;
                case "object":
                    _objects.Add(new CatalogObject(id, FactsJson.Read(kind, Encoding.UTF8.GetBytes(json ?? ""))));
                    break;
                case "unmodelled":
                    AddUnmodelled(id, OtherObject(json));
                    break;
                case "requirement":
                    _requirements.Add(new Requirement(id, OtherObject(json) ?? throw new FormatException($"{id} needs nothing.")));
                    break;
                case "environment":
                    _environment[name] = json ?? "";
                    break;
                default:
                    throw new FormatException($"The introspection statement has no section \"{section}\".");
            }
        }
        catch (JsonException error)
        {
            throw new FormatException($"The facts of {id} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The catalog of all rows.</summary>
    public Catalog ToCatalog()
    {
        HashSet<ObjectId> described = [.. _objects.Select(o => o.Id)];
        IEnumerable<Requirement> needed = _requirements.Where(r => scope.Includes(r.Object) && !described.Contains(r.Needs));
        return new Catalog(
            serverMajor, scope, _objects, _unmodelled, ignored: _ignored, requirements: needed, environment: _environment);
    }

    // What hangs on an object that the scope leaves out is left out with it.
    private void AddUnmodelled(ObjectId id, ObjectId? on)
    {
        if (on is not null && !scope.Includes(on))
        {
            _ignored.Add(id);
            return;
        }

        _unmodelled.Add(new UnmodelledObject(id.Kind, id.Schema, id.Name, on));
    }

    private static ObjectId? OtherObject(string? json) => json is null ? null : JsonSerializer.Deserialize<ObjectId>(json, FactsJson.Documents);
}
