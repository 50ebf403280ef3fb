using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

/// <summary>One kind of object: how its facts are read and by what statements it is made, changed and dropped.</summary>
internal abstract class ObjectKind
{
    /// <summary>Its name, as in an <see cref="Catalogs.ObjectId"/>, and that of its query's file.</summary>
    public abstract string Name { get; }

    /// <summary>The record of its facts.</summary>
    public abstract Type FactsType { get; }

    /// <summary>The query that reads it: rows of (section, kind, schema, name, part, json).</summary>
    public string Query => EmbeddedSql.Read(Name);

    /// <summary>The statements that make all objects of this kind what they are in the second catalog, in a stable order within each phase.</summary>
    public abstract IEnumerable<StepDraft> Steps(Difference difference);
}
