using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class IndexKind : ObjectKind
{
    public override string Name => "index";

    public override Type FactsType => typeof(IndexFacts);

    public override IEnumerable<StepDraft> Steps(Difference difference)
    {
        foreach ((ObjectId id, IndexFacts? old, IndexFacts? made) in difference.Each<IndexFacts>())
        {
            bool rebuilt = difference.IsRebuilt(id);
            if (old is not null && (made is null || rebuilt) && difference.Stays(ObjectId.Table(id.Schema!, old.Table)))
            {
                yield return Drop(id, old, rebuilt);
            }

            if (made is not null && (old is null || rebuilt))
            {
                yield return Create(id, made, rebuilt, difference);
            }
        }
    }

    private static StepDraft Drop(ObjectId id, IndexFacts old, bool rebuilt)
    {
        StepDraft draft = new StepDraft(
            Phase.DropIndexes, $"drop {id}", $"DROP INDEX {id.QualifiedName}", rebuilt ? "it is made again after the change" : $"{id} is there and not wanted")
            .Locking(ObjectId.Table(id.Schema!, old.Table), LockModes.AccessExclusive);
        return old.Unique && !rebuilt ? draft.With(Hazards.Weakens, id) : draft;
    }

    private static StepDraft Create(ObjectId id, IndexFacts made, bool rebuilt, Difference difference)
    {
        ObjectId table = ObjectId.Table(id.Schema!, made.Table);
        string sql = $"CREATE {(made.Unique ? "UNIQUE " : "")}INDEX {Identifiers.Quote(id.Name)} ON {table.QualifiedName} USING {made.Definition}";
        StepDraft draft = new(Phase.CreateIndexes, $"create {id}", sql, rebuilt ? "it differs, or a column that it reads changes" : $"{id} is wanted and not there");
        if (difference.IsNew(table))
        {
            return draft;
        }

        draft = draft.Locking(table, LockModes.Share, scans: true);
        return made.Unique ? draft.With(Hazards.CanFail, id) : draft;
    }
}
