using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;
using Lockplane.Sql;

namespace Lockplane.Schema.Plans;

/// <summary>What gets another name before all else that a plan does.</summary>
/// <param name="From">The catalog that the database has.</param>
/// <param name="Renames">In the order in which they are done: schemas, what is in them, parts.</param>
/// <param name="Renamed">The catalog after them as a server reads it, since the names stand in the texts of others.</param>
public sealed record Renaming(Catalog From, ImmutableArray<Rename> Renames, Catalog Renamed)
{
    /// <summary>Nothing gets another name.</summary>
    public static Renaming None(Catalog from) => new(from, [], from);

    /// <summary>Whether renames that were read are some that can have been planned: each of what is there under that name when its turn comes, and with a statement.</summary>
    public static bool AreSound(Catalog from, IReadOnlyList<Rename> renames) => renames.Select((rename, i) => IsSound(rename, NameBefore(rename.From, renames.Take(i)), from)).All(sound => sound);

    private static bool IsSound(Rename rename, ObjectId before, Catalog from) => from.Contains(before) && rename.From.Kind == before.Kind && rename.From.Signature == before.Signature
        && (rename.To.Kind, rename.To.Signature, rename.To.Schema is null, rename.To.Part is null) == (rename.From.Kind, rename.From.Signature, rename.From.Schema is null, rename.From.Part is null)
        && Steps(rename).Any();

    /// <summary>The statements that give the new names.</summary>
    public static IEnumerable<string> Statements(IEnumerable<Rename> renames) => renames.SelectMany(Steps).Select(draft => draft.Sql);

    /// <summary>The renames that lead back.</summary>
    public static IEnumerable<Rename> Reversed(IEnumerable<Rename> renames) => renames.Reverse().Select(rename => rename with { From = rename.To, To = rename.From });

    internal IEnumerable<StepDraft> Steps() => Renames.SelectMany(Steps);

    internal IEnumerable<StepDraft> StepsBack() => Reversed(Renames).SelectMany(Steps);

    /// <summary>The relation that has this name after the renames, by its name before them.</summary>
    internal string NameBefore(string relation)
    {
        foreach (Rename rename in Renames.Reverse())
        {
            if (rename.To.Kind == "schema" && relation.StartsWith(rename.To.QualifiedName + ".", StringComparison.Ordinal))
            {
                relation = rename.From.QualifiedName + relation[rename.To.QualifiedName.Length..];
            }
            else if (rename.To is { Part: null, Kind: not "schema" } && rename.To.QualifiedName == relation)
            {
                relation = rename.From.QualifiedName;
            }
        }

        return relation;
    }

    /// <summary>What has this name when the renames are done has that one until then.</summary>
    internal static ObjectId NameBefore(ObjectId id, IEnumerable<Rename> renames) =>
        renames.Reverse().Aggregate(id, (now, rename) => now == rename.To ? rename.From : Moved(now, rename.To, rename.From));

    /// <summary>What has this name before the renames are done has that one afterwards.</summary>
    internal static ObjectId NameAfter(ObjectId id, IEnumerable<Rename> renames) =>
        renames.Aggregate(id, (now, rename) => now == rename.From ? rename.To : Moved(now, rename.From, rename.To));

    /// <summary>As <see cref="NameBefore(ObjectId, IEnumerable{Rename})"/>, where only what it is in has other names: its schema, its table.</summary>
    internal static ObjectId PlaceBefore(ObjectId id, IEnumerable<Rename> renames) => renames.Reverse().Aggregate(id, (now, rename) => Moved(now, rename.To, rename.From));

    // What is in a schema, or is a part of something, has that's name in its own.
    private static ObjectId Moved(ObjectId id, ObjectId whole, ObjectId other) => whole.Part is not null ? id
        : whole.Kind == "schema" ? (id.Schema == whole.Name ? id with { Schema = other.Name } : id)
        : id.Part is not null && id.Schema == whole.Schema && id.Name == whole.Name ? id.On(other) : id;

    private static IEnumerable<StepDraft> Steps(Rename rename)
    {
        (ObjectId old, ObjectId made) = (rename.From, rename.To);
        ObjectKind? kind = old.Kind == "column" ? null : ObjectKinds.Get(old.Kind);
        if (old.Part is null && old.Schema != made.Schema)
        {
            yield return Step(rename, $"move {old} to schema {Identifiers.Quote(made.Schema!)}", $"ALTER {kind!.Word} {kind.Reference(old)} SET SCHEMA {Identifiers.Quote(made.Schema!)}");
            old = old with { Schema = made.Schema };
        }

        string name = Identifiers.Quote(made.Part ?? made.Name);
        if ((old.Part ?? old.Name) != (made.Part ?? made.Name))
        {
            yield return Step(rename, $"rename {old} to {name}", old.Kind switch
            {
                "column" when rename.IsAttribute => $"ALTER TYPE {old.QualifiedName} RENAME ATTRIBUTE {Identifiers.Quote(old.Part!)} TO {name}",
                "column" => $"ALTER TABLE {old.QualifiedName} RENAME COLUMN {Identifiers.Quote(old.Part!)} TO {name}",
                "constraint" => $"ALTER TABLE {old.QualifiedName} RENAME CONSTRAINT {Identifiers.Quote(old.Part!)} TO {name}",
                "domain constraint" => $"ALTER DOMAIN {old.QualifiedName} RENAME CONSTRAINT {Identifiers.Quote(old.Part!)} TO {name}",
                _ => $"ALTER {kind!.Word} {kind.Reference(old)} RENAME TO {name}",
            });
        }
    }

    private static StepDraft Step(Rename rename, string description, string sql)
    {
        StepDraft draft = new StepDraft(Phase.LoosenTables, description, sql, "its directive says so, or that of what it is named after").With(Hazards.BreaksClients, rename.From);
        ObjectId? relation = rename.From.Kind switch
        {
            "table" or "view" or "materialized view" or "foreign table" or "sequence" => rename.From,
            "column" or "constraint" or "trigger" or "policy" or "rule" => ObjectId.Table(rename.From.Schema!, rename.From.Name),
            _ => null,
        };
        return relation is null ? draft : draft.Locking(relation, LockModes.AccessExclusive);
    }
}
