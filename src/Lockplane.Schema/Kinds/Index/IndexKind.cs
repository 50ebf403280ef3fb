using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class IndexKind : ObjectKind
{
    public override string Name => "index";

    public override Type FactsType => typeof(IndexFacts);

    public override Phase PhaseOf(ObjectFacts facts) => Phase.CreateIndexes;

    public override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made)
    {
        (IndexFacts before, IndexFacts after) = ((IndexFacts)old, (IndexFacts)made);
        bool stays = before.AttachedTo is null || before.AttachedTo == after.AttachedTo;
        return stays && Core(before).Equals(Core(after));
    }

    public override IEnumerable<StepDraft> Steps(Difference difference)
    {
        foreach ((ObjectId id, IndexFacts? old, IndexFacts? made) in difference.Each<IndexFacts>())
        {
            bool rebuilt = difference.IsRebuilt(id);
            if (old is not null && (made is null || rebuilt) && difference.Stays(Table(id, old, difference.From)) && !Attachments.GoesWithAnother(old, difference))
            {
                yield return Drop(id, old, rebuilt, difference) with { Subject = id };
            }

            if (made is null)
            {
                continue;
            }

            IndexSettings before = old is null || rebuilt ? IndexSettings.Of(made).AsCreated() : IndexSettings.Of(old);
            if (old is null || rebuilt)
            {
                yield return Create(id, made, rebuilt, difference) with { Subject = id };
            }

            foreach (StepDraft draft in before.To(IndexSettings.Of(made), id, Table(id, made, difference.To)).Concat(Attachments.Steps(id, difference)))
            {
                yield return draft;
            }
        }
    }

    // What has to be equal for an index to stay: the rest is altered, or follows from the indexes that are attached to it.
    private static ObjectFacts Core(IndexFacts facts) =>
        (facts with { Options = default, Tablespace = null, Statistics = default, Invalid = false, AttachedTo = null }).Own();

    // A table or a materialized view.
    private static ObjectId Table(ObjectId id, IndexFacts facts, Catalog catalog) =>
        catalog.FindRelation(ObjectId.Column(id.Schema!, facts.Table, ""))?.Id ?? ObjectId.Table(id.Schema!, facts.Table);

    private static StepDraft Drop(ObjectId id, IndexFacts old, bool rebuilt, Difference difference)
    {
        // A partition's constraint that is attached to a plain index can be dropped neither before nor after it.
        string cascade = difference.From.AttachedTo(id).Any(part => part.Kind == "constraint") ? " CASCADE" : "";
        StepDraft draft = new StepDraft(
            Phase.DropIndexes, $"drop {id}", $"DROP INDEX {id.QualifiedName}{cascade}", rebuilt ? "it is made again after the change" : $"{id} is there and not wanted")
            .Locking(Table(id, old, difference.From), LockModes.AccessExclusive);
        return old.Unique && !rebuilt ? draft.With(Hazards.Weakens, id) : draft;
    }

    private static StepDraft Create(ObjectId id, IndexFacts made, bool rebuilt, Difference difference)
    {
        ObjectId table = Table(id, made, difference.To);
        bool divided = difference.To.Find(table)?.Facts is TableFacts { PartitionKey: not null };
        string sql = $"CREATE {(made.Unique ? "UNIQUE " : "")}INDEX {Identifiers.Quote(id.Name)} ON {(divided ? "ONLY " : "")}{table.QualifiedName} USING {made.Definition}"
            + TableSql.With(made.Options) + (made.Tablespace is null ? "" : " TABLESPACE " + Identifiers.Quote(made.Tablespace))
            + (made.Predicate is null ? "" : " WHERE " + made.Predicate);
        StepDraft draft = new(Phase.CreateIndexes, $"create {id}", sql, rebuilt ? "it differs, or a column that it reads changes" : $"{id} is wanted and not there");

        // Partitions that are attached later would get an index of a name that Postgres chooses.
        draft = draft with { After = difference.Moved.AttachmentBefore(id, made) is { } attachment ? [attachment] : divided ? [.. difference.To.ChildrenOf(table)] : [] };
        draft = draft.Calling(difference.To, made.DependsOn);
        if (difference.IsMade(table))
        {
            return draft;
        }

        draft = draft.Locking(table, LockModes.Share, scans: !divided);
        return made.Unique ? draft.With(Hazards.CanFail, id) : draft;
    }
}
