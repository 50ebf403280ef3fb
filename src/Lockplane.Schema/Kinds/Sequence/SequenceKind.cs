using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class SequenceKind : ObjectKind
{
    public override string Name => "sequence";

    public override Type FactsType => typeof(SequenceFacts);

    public override string? GrantWord => "SEQUENCE";

    public override Phase PhaseOf(ObjectFacts facts) => Phase.CreateSequences;

    public override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made) => true;

    public override IEnumerable<StepDraft> Steps(Difference difference) =>
        difference.Each<SequenceFacts>().SelectMany(s => (s.Old, s.Made) switch
        {
            (null, { } made) => Create(s.Id, made),
            ({ } old, null) => Drop(s.Id, old, difference),
            ({ } old, { } made) => Alter(s.Id, old, made, difference),
            _ => Enumerable.Empty<StepDraft>(),
        }, (s, draft) => draft with { Subject = draft.Subject ?? s.Id });

    private static IEnumerable<StepDraft> Create(ObjectId id, SequenceFacts made)
    {
        string kind = made.Unlogged ? "CREATE UNLOGGED SEQUENCE" : "CREATE SEQUENCE";
        yield return new StepDraft(
            Phase.CreateSequences, $"create {id}", kind + " " + id.QualifiedName + SequenceSql.Options(made.Options), $"{id} is wanted and not there");
        if (made.OwnedByTable is not null)
        {
            yield return Own(Phase.AlterSequences, id, made);
        }
    }

    private static IEnumerable<StepDraft> Drop(ObjectId id, SequenceFacts old, Difference difference)
    {
        if (GoesWithItsColumn(id, old, difference))
        {
            return [];
        }

        return
        [
            new StepDraft(Phase.DropSequences, $"drop {id}", $"DROP SEQUENCE {id.QualifiedName}", $"{id} is there and not wanted")
                .With(Hazards.DropsData, id).With(Hazards.BreaksClients, id).Losing($"the position of {id}").Locking(id, LockModes.AccessExclusive),
        ];
    }

    private static IEnumerable<StepDraft> Alter(ObjectId id, SequenceFacts old, SequenceFacts made, Difference difference)
    {
        if ((old.OwnedByTable, old.OwnedByColumn) != (made.OwnedByTable, made.OwnedByColumn))
        {
            // While it is tied it cannot go to another owner.
            bool isFreed = GoesWithItsColumn(id, old, difference) || (old.OwnedByTable is not null && old.Owner != made.Owner);
            if (isFreed)
            {
                yield return Own(Phase.Detach, id, made with { OwnedByTable = null }) with { Subject = ObjectId.Column(id.Schema!, old.OwnedByTable!, old.OwnedByColumn!) };
            }

            if (made.OwnedByTable is not null || !isFreed)
            {
                yield return Own(Phase.AlterSequences, id, made);
            }
        }
        else if (GoesWithItsColumn(id, old, difference))
        {
            // Its column is dropped and added: it has to outlive that.
            yield return Own(Phase.Detach, id, made with { OwnedByTable = null }) with { Subject = ObjectId.Column(id.Schema!, old.OwnedByTable!, old.OwnedByColumn!) };
            yield return Own(Phase.AlterSequences, id, made);
        }

        string changes = SequenceSql.Changes(old.Options, made.Options);
        if (changes.Length > 0)
        {
            StepDraft draft = new StepDraft(Phase.AlterSequences, $"alter {id}", $"ALTER SEQUENCE {id.QualifiedName}{changes}", "its options differ")
                .Locking(id, LockModes.ShareRowExclusive);
            yield return SequenceSql.IsNarrower(old.Options, made.Options) ? draft.With(Hazards.CanFail, id) : draft;
        }

        // A table that becomes logged or unlogged takes the sequences along that its columns own at that time.
        bool follows = old.OwnedByTable is not null && difference.ChangesPersistence(ObjectId.Table(id.Schema!, old.OwnedByTable))
            && !GoesWithItsColumn(id, old, difference);
        bool before = follows ? !old.Unlogged : old.Unlogged;
        if (before != made.Unlogged)
        {
            string kind = made.Unlogged ? "UNLOGGED" : "LOGGED";
            yield return new StepDraft(Phase.AlterSequences, $"set {id} {kind.ToLowerInvariant()}", $"ALTER SEQUENCE {id.QualifiedName} SET {kind}", "it differs")
                .Locking(id, LockModes.AccessExclusive);
        }
    }

    private static StepDraft Own(Phase phase, ObjectId id, SequenceFacts made)
    {
        string owner = made.OwnedByTable is null
            ? "NONE" : Identifiers.QuoteQualified(id.Schema!, made.OwnedByTable) + "." + Identifiers.Quote(made.OwnedByColumn!);
        StepDraft draft = new StepDraft(
            phase, made.OwnedByTable is null ? $"release {id} from its column" : $"tie {id} to its column",
            $"ALTER SEQUENCE {id.QualifiedName} OWNED BY {owner}", "a sequence goes away with the column that owns it")
            .Locking(id, LockModes.ShareRowExclusive);

        // The column needs the sequence for its default, so this waits for the column and nothing for this.
        return made.OwnedByTable is null ? draft : draft with { Subject = ObjectId.Column(id.Schema!, made.OwnedByTable, made.OwnedByColumn!) };
    }

    private static bool GoesWithItsColumn(ObjectId id, SequenceFacts old, Difference difference)
    {
        if (old.OwnedByTable is null)
        {
            return false;
        }

        ObjectId table = ObjectId.Table(id.Schema!, old.OwnedByTable);
        return !difference.To.Contains(ObjectId.Column(id.Schema!, old.OwnedByTable, old.OwnedByColumn!)) || difference.IsRemade(table, old.OwnedByColumn!) || difference.IsRebuilt(table);
    }
}
