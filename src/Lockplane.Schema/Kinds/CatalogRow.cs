namespace Lockplane.Schema.Kinds;

/// <summary>What an object is called while a catalog is read: the catalog table's OID and its own, which end with the reading.</summary>
/// <param name="Class">The OID of the catalog table, such as 1259 of pg_class, the same on all majors.</param>
/// <param name="Object">Its OID in it.</param>
public readonly record struct CatalogKey(uint Class, uint Object);

/// <summary>What a row of the introspection statement is about. The statement has the numbers.</summary>
public enum CatalogSection
{
    /// <summary>An object that a kind reads.</summary>
    Object,

    /// <summary>COMMENT ON something.</summary>
    Comment,

    /// <summary>SECURITY LABEL ON something.</summary>
    Label,

    /// <summary>Privileges on something.</summary>
    Privileges,

    /// <summary>A row of pg_depend.</summary>
    Dependency,

    /// <summary>Something that is there.</summary>
    Present,

    /// <summary>Something whose privileges were set; only of a shadow.</summary>
    Managed,

    /// <summary>Something that the reading role may not see all of.</summary>
    Unreadable,

    /// <summary>A version or setting that is recorded.</summary>
    Environment,

    /// <summary>A constraint whose own triggers are not on: it is not kept, whatever it says.</summary>
    SwitchedOff,
}

/// <summary>One row of the introspection statement.</summary>
/// <param name="Section">What it is about.</param>
/// <param name="Key">The object that it is about.</param>
/// <param name="SubId">The number of its column; 0 for the object itself.</param>
/// <param name="Kind">Of an object, the place of its kind among <see cref="ObjectKinds"/>; of a dependency, pg_depend's deptype as ASCII.</param>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
/// <param name="Part">Its part.</param>
/// <param name="Signature">Its signature.</param>
/// <param name="Attnums">The numbers of its columns in order, as an array of Postgres: <c>{1,2,4}</c>.</param>
/// <param name="Json">What the row says, in UTF-8.</param>
/// <param name="Needs">Of a dependency, what it is on.</param>
/// <param name="NeedsSubId">The number of the column that it is on; 0 for the whole.</param>
public readonly record struct CatalogRow(
    CatalogSection Section, CatalogKey Key, int SubId, int Kind, string? Schema, string? Name, string? Part, string? Signature, string? Attnums,
    ReadOnlyMemory<byte> Json, CatalogKey Needs, int NeedsSubId);
