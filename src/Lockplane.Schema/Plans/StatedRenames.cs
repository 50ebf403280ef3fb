using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>What the statements of a person rename: the way back gives the old names again, where dropping and making would lose what is in it.</summary>
public static class StatedRenames
{
    private static readonly string[] Relations = ["table", "view", "materialized view", "foreign table", "sequence", "index", "composite type"];
    private static readonly string[] Types = ["enum", "domain", "range type", "composite type"];
    private static readonly string[] Routines = ["function", "procedure", "aggregate"];

    /// <summary>The renames in the order of the statements, of what the catalog has; none at all when they would not stand alone, as where a name becomes free by another statement.</summary>
    /// <param name="from">The catalog before the statements.</param>
    /// <param name="statements">The statements.</param>
    /// <param name="path">The search path that they were meant for.</param>
    public static ImmutableArray<Rename> Of(Catalog from, IEnumerable<JudgedStatement> statements, FactList<string>? path)
    {
        List<Rename> renames = [];
        foreach (WrittenRename written in statements.Select(statement => statement.Rename).OfType<WrittenRename>())
        {
            if (Find(from, written, path ?? [], renames) is not { } old)
            {
                // It is made by another statement of the plan, or there are several of the name.
                continue;
            }

            ObjectId made = old.Part is not null ? old with { Part = written.NewName ?? old.Part }
                : old with { Schema = written.NewSchema ?? old.Schema, Name = written.NewName ?? old.Name };
            if (IsThere(from, made, renames))
            {
                return [];
            }

            renames.Add(new Rename(old, made) { IsAttribute = written.Type == "OBJECT_ATTRIBUTE" });
        }

        return [.. renames];
    }

    /// <summary>Whether a catalog has all that was renamed, by the names that it has in the end.</summary>
    public static bool HoldIn(Catalog to, ImmutableArray<Rename> renames) => renames.Select((rename, i) => Renaming.NameAfter(rename.To, renames.Skip(i + 1))).All(to.Contains);

    private static ObjectId? Find(Catalog from, WrittenRename written, FactList<string> path, List<Rename> renames)
    {
        if (written.Type == "OBJECT_SCHEMA")
        {
            ObjectId schema = new("schema", null, written.Name);
            return IsThere(from, schema, renames) ? schema : null;
        }

        IEnumerable<string> schemas = written.Schema is null ? path : [written.Schema];
        return schemas.Select(schema => Candidates(from, written, schema, renames).Where(id => IsThere(from, id, renames)).Take(2).ToArray())
            .FirstOrDefault(found => found.Length > 0) is [ObjectId only] ? only : null;
    }

    private static IEnumerable<ObjectId> Candidates(Catalog from, WrittenRename written, string schema, List<Rename> renames) => written.Type switch
    {
        "OBJECT_COLUMN" or "OBJECT_ATTRIBUTE" => [new ObjectId("column", schema, written.Name, written.Part)],
        "OBJECT_TABCONSTRAINT" => [new ObjectId("constraint", schema, written.Name, written.Part)],
        "OBJECT_DOMCONSTRAINT" => [new ObjectId("domain constraint", schema, written.Name, written.Part)],
        "OBJECT_TRIGGER" => [new ObjectId("trigger", schema, written.Name, written.Part)],
        "OBJECT_POLICY" => [new ObjectId("policy", schema, written.Name, written.Part)],
        "OBJECT_RULE" => [new ObjectId("rule", schema, written.Name, written.Part)],
        "OBJECT_TABLE" or "OBJECT_VIEW" or "OBJECT_MATVIEW" or "OBJECT_FOREIGN_TABLE" or "OBJECT_SEQUENCE" or "OBJECT_INDEX" =>
            [.. Relations.Select(kind => new ObjectId(kind, schema, written.Name)), .. KeysNamed(from, schema, written.Name, renames)],
        "OBJECT_TYPE" or "OBJECT_DOMAIN" => Types.Select(kind => new ObjectId(kind, schema, written.Name)),

        // Which one is meant does not follow from the types as they are written.
        "OBJECT_FUNCTION" or "OBJECT_PROCEDURE" or "OBJECT_ROUTINE" or "OBJECT_AGGREGATE" =>
            from.Objects.Select(item => item.Id).Where(id => Routines.Contains(id.Kind)).Select(id => Renaming.NameAfter(id, renames)).Where(id => id.Schema == schema && id.Name == written.Name),
        _ => [],
    };

    // The index of a key has the key's name, and is renamed with it.
    private static IEnumerable<ObjectId> KeysNamed(Catalog from, string schema, string name, List<Rename> renames) => from.Objects
        .Where(item => item.Facts is ConstraintFacts { Type: ConstraintType.PrimaryKey or ConstraintType.Unique or ConstraintType.Exclusion })
        .Select(item => Renaming.NameAfter(item.Id, renames)).Where(id => id.Schema == schema && id.Part == name);

    private static bool IsThere(Catalog from, ObjectId id, List<Rename> renames)
    {
        ObjectId before = Renaming.NameBefore(id, renames);
        return from.Contains(before) && Renaming.NameAfter(before, renames) == id;
    }
}
