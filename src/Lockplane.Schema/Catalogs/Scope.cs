namespace Lockplane.Schema.Catalogs;

/// <summary>Which part of a database a catalog describes. Hashed into the manifest's root: another scope, another hash.</summary>
/// <param name="Schemas">Names of the schemas that are described; empty means all.</param>
/// <param name="Ignore">
/// Names left out: a schema (<c>audit</c>), or a table, sequence or other object in one (<c>public.tmp_notes</c>). A trailing <c>*</c> stands
/// for any ending. What hangs on an object that is left out is left out with it.
/// </param>
public sealed record Scope(FactList<string> Schemas = default, FactList<string> Ignore = default)
{
    /// <summary>The whole database.</summary>
    public static Scope All { get; } = new();

    /// <summary>The same scope with its names in one order and each once, so that equal scopes hash the same.</summary>
    public Scope Normalised() => new(Sorted(Schemas), Sorted(Ignore));

    /// <summary>Whether the scope describes this object.</summary>
    public bool Includes(ObjectId id)
    {
        string? schema = id.Kind == "schema" ? id.Name : id.Schema;
        if (schema is null)
        {
            return true;
        }

        return (Schemas.Count == 0 || Schemas.Contains(schema, StringComparer.Ordinal))
            && !Ignore.Any(pattern => Matches(pattern, schema) || Matches(pattern, schema + "." + id.Name));
    }

    private static bool Matches(string pattern, string name) => pattern.EndsWith('*')
        ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : string.Equals(pattern, name, StringComparison.Ordinal);

    private static FactList<string> Sorted(FactList<string> names) =>
        names.Distinct(StringComparer.Ordinal).Order(Utf8Order.Instance).ToFactList();
}
