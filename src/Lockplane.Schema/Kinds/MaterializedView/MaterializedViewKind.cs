using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class MaterializedViewKind : ObjectKind<MaterializedViewFacts>
{
    public override string Name => "materialized view";

    public override string? GrantWord => "TABLE";

    // Filling it would run its query with the rights of who applies.
    protected override IEnumerable<string> Create(ObjectId id, MaterializedViewFacts facts)
    {
        string columns = facts.Columns.Count == 0 ? "" : $" ({Identifiers.QuoteList(facts.Columns.Select(c => c.Name))})";
        string method = facts.AccessMethod is null ? "" : " USING " + Identifiers.Quote(facts.AccessMethod);
        string storage = facts.Storage.Count == 0 ? "" : $" WITH ({Values(facts.Storage)})";
        string place = facts.Tablespace is null ? "" : " TABLESPACE " + Identifiers.Quote(facts.Tablespace);
        yield return $"CREATE MATERIALIZED VIEW {id.QualifiedName}{columns}{method}{storage}{place} AS\n{facts.Definition}\nWITH NO DATA";
        foreach (string statement in facts.Columns.SelectMany(column => ColumnSettingsSql.Changes(Word, id, Plain(column), column)))
        {
            yield return statement;
        }
    }

    protected override IEnumerable<string>? Alter(ObjectId id, MaterializedViewFacts old, MaterializedViewFacts made)
    {
        MaterializedViewFacts moved = (MaterializedViewFacts)old.Own() with { AccessMethod = made.AccessMethod, Tablespace = made.Tablespace, Storage = made.Storage };
        bool losesStorage = made.Columns.Any(c => c.Storage is null && old.Find(c.Name)?.Storage is not null);
        if (losesStorage || !Plain(moved).Equals(Plain((MaterializedViewFacts)made.Own())))
        {
            return null;
        }

        string[] gone = [.. old.Storage.Select(s => s.Name).Except(made.Storage.Select(s => s.Name))];
        StorageParameter[] set = [.. made.Storage.Except(old.Storage)];
        string alter = $"ALTER MATERIALIZED VIEW {id.QualifiedName} ";
        return
        [
            .. gone.Length == 0 ? Array.Empty<string>() : [alter + $"RESET ({string.Join(", ", gone)})"],
            .. set.Length == 0 ? Array.Empty<string>() : [alter + $"SET ({Values(set)})"],
            .. old.AccessMethod == made.AccessMethod ? Array.Empty<string>() : [alter + "SET ACCESS METHOD " + Identifiers.Quote(made.AccessMethod ?? "heap")],
            .. old.Tablespace == made.Tablespace ? Array.Empty<string>() : [alter + "SET TABLESPACE " + Identifiers.Quote(made.Tablespace ?? "pg_default")],
            .. made.Columns.SelectMany(column => ColumnSettingsSql.Changes(Word, id, old.Find(column.Name)!, column)),
        ];
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, MaterializedViewFacts? old, MaterializedViewFacts? made)
    {
        if (old is null)
        {
            return DefaultPrivilegesKind.Opening(draft, difference, id, made!);
        }

        bool rewrites = made is not null && (old.AccessMethod != made.AccessMethod || old.Tablespace != made.Tablespace);
        draft = draft.Locking(id, LockModes.AccessExclusive, rewrites: rewrites);

        // Made again it has no rows, and cannot be read, until it is refreshed.
        return made is null ? draft.With(Hazards.BreaksClients, id).Losing($"the rows of {id}, until it is refreshed") : draft;
    }

    // The index is made after the view, and what CLUSTER follows is said after the index.
    protected override IEnumerable<StepDraft> Steps(Difference difference, ObjectId id, MaterializedViewFacts? old, MaterializedViewFacts? made)
    {
        string? before = difference.Stays(id) ? old?.ClusterIndex : null;
        ObjectId? index = made?.ClusterIndex is { } name ? new ObjectId("index", id.Schema, name) : null;
        bool follows = index is not null && (before != index.Name || difference.IsMade(index));
        bool stops = made is not null && index is null && before is not null && difference.To.Contains(new ObjectId("index", id.Schema, before));
        StepDraft[] marks = !follows && !stops ? [] :
        [
            new StepDraft(
                Phase.CreateViews, $"alter {id}", $"ALTER MATERIALIZED VIEW {id.QualifiedName} {(index is null ? "SET WITHOUT CLUSTER" : "CLUSTER ON " + Identifiers.Quote(index.Name))}",
                "the index that CLUSTER follows differs") { IsCommon = true, After = index is null ? [] : [index] },
        ];
        return base.Steps(difference, id, old, made).Concat(marks);
    }

    // How columns are stored and measured, and what CLUSTER follows, is altered by itself.
    private static MaterializedViewFacts Plain(MaterializedViewFacts facts) => facts with { ClusterIndex = null, Columns = facts.Columns.Select(Plain).ToFactList() };

    private static ColumnFacts Plain(ColumnFacts column) => new() { Name = column.Name, Type = column.Type, Collation = column.Collation };

    private static string Values(IEnumerable<StorageParameter> values) => string.Join(", ", values.Select(v => $"{v.Name}={Identifiers.QuoteLiteral(v.Value)}"));
}
