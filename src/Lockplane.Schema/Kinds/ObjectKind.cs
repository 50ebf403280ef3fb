using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>One kind of object: how its facts are read, printed and changed.</summary>
internal abstract class ObjectKind
{
    /// <summary>Its name, as in an <see cref="ObjectId"/>.</summary>
    public abstract string Name { get; }

    /// <summary>The record of its facts.</summary>
    public abstract Type FactsType { get; }

    /// <summary>The query that reads it: rows of (kind, schema, name, part, facts as json).</summary>
    public string Query => EmbeddedSql.Read(Name);
}
