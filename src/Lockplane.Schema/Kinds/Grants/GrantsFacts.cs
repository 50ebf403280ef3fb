using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Privileges that are an object of their own: on what is no object of the catalog, or for objects that are yet to be made.</summary>
public abstract record GrantsFacts : ObjectFacts
{
    /// <summary>Given beyond what Postgres gives by itself.</summary>
    public FactList<GrantFacts> Granted { get; init; }

    /// <summary>Given by Postgres and taken away.</summary>
    public FactList<GrantFacts> Revoked { get; init; }
}

/// <summary>What the privileges on objects that a role makes are to be.</summary>
/// <remarks>Spec: ALTER DEFAULT PRIVILEGES. Name: the role; schema: the one that it is for, none for all; signature: the kind of objects, as in <c> ON TABLES</c>.</remarks>
public sealed record DefaultPrivilegesFacts : GrantsFacts;

/// <summary>Privileges on the database itself.</summary>
/// <remarks>Spec: GRANT. There is one object of this kind at most, named <c>database</c>: a catalog does not know what its database is called.</remarks>
public sealed record DatabasePrivilegesFacts : GrantsFacts;

/// <summary>Privileges on an object that initdb made, where they are not those that initdb gave.</summary>
/// <remarks>
/// Spec: GRANT; pg_init_privs. Schema and name: the object's; signature: a function's arguments, or <c> (type)</c>, <c> (schema)</c>, <c> (language)</c>.
/// What <c>lockplane harden</c> takes away, <c>set_config</c> and <c>pg_settings</c>, is not among them.
/// </remarks>
public sealed record CatalogPrivilegesFacts : GrantsFacts
{
    /// <summary>The kind of object as in GRANT: <c>TABLE</c>, <c>ROUTINE</c>, <c>TYPE</c>, <c>SCHEMA</c>, <c>LANGUAGE</c>.</summary>
    [JsonRequired]
    public string On { get; init; } = "";

    /// <summary>Columns with privileges of their own, in the order of their names.</summary>
    public FactList<ColumnGrantsFacts> Columns { get; init; }
}

/// <summary>Privileges on a column of what initdb made.</summary>
public sealed record ColumnGrantsFacts
{
    /// <summary>The column.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>Given beyond what initdb gave.</summary>
    public FactList<GrantFacts> Granted { get; init; }

    /// <summary>Given by initdb and taken away.</summary>
    public FactList<GrantFacts> Revoked { get; init; }
}
