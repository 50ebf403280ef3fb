using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>What is true of an object apart from its name. Each kind has one record of this.</summary>
/// <remarks>Compared by value. Written as canonical JSON with absent members for null, false and empty.</remarks>
public abstract record ObjectFacts
{
    /// <summary>The role that it belongs to; null for kinds that have no owner, and for parts, which belong to their table's.</summary>
    public string? Owner { get; init; }

    /// <summary>COMMENT ON it.</summary>
    public string? Comment { get; init; }

    /// <summary>How its privileges differ from those that Postgres gives a new object; null when they do not.</summary>
    public PrivilegeFacts? Privileges { get; init; }

    /// <summary>SECURITY LABEL ON it.</summary>
    public FactList<SecurityLabelFacts> SecurityLabels { get; init; }

    /// <summary>The extensions that it goes away with (ALTER ... DEPENDS ON EXTENSION), by name.</summary>
    public FactList<string> DependsOnExtensions { get; init; }

    /// <summary>
    /// The objects and columns that it cannot be without, as pg_depend has them: of a view what it reads, of a table its types. Postgres's own objects and
    /// the schema that it is in are not among them, nor what a foreign key's check happens to use.
    /// </summary>
    public FactList<ObjectId> DependsOn { get; init; }

    /// <summary>The facts that are hashed and compared: all of them, but for what the reading role may not be able to see.</summary>
    public virtual ObjectFacts Hashed() => this;

    /// <summary>The same facts without what every kind has: what CREATE alone makes.</summary>
    public ObjectFacts Own() => Hashed() with
    {
        Owner = null, Comment = null, Privileges = null, SecurityLabels = default, DependsOnExtensions = default, DependsOn = default,
    };
}

/// <summary>Facts of what has columns.</summary>
public abstract record RelationFacts : ObjectFacts
{
    /// <summary>The columns in their logical order, which <c>SELECT *</c> and <c>COPY</c> depend on; gaps that dropped columns left do not count.</summary>
    [System.Text.Json.Serialization.JsonRequired, System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public FactList<ColumnFacts> Columns { get; init; }

    /// <summary>The column of this name; null when there is none.</summary>
    public ColumnFacts? Find(string column) => Columns.FirstOrDefault(c => c.Name == column);
}
