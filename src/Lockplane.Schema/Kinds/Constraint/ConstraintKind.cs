using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class ConstraintKind : ObjectKind
{
    public override string Name => "constraint";

    public override Type FactsType => typeof(ConstraintFacts);

    public override IEnumerable<StepDraft> Steps(Difference difference)
    {
        foreach ((ObjectId id, ConstraintFacts? old, ConstraintFacts? made) in difference.Each<ConstraintFacts>())
        {
            ObjectId table = ObjectId.Table(id.Schema!, id.Name);
            bool rebuilt = difference.IsRebuilt(id);
            if (old is not null && (made is null || rebuilt) && HasToBeDropped(table, old, difference))
            {
                yield return Drop(id, table, old, rebuilt);
            }

            if (made is not null && (old is null || rebuilt) && !(difference.IsNew(table) && IsInline(made)))
            {
                yield return Add(id, table, made, rebuilt, difference);
            }

            if (old is not null && made is not null && !rebuilt && !old.Equals(made))
            {
                yield return Alter(id, table, old, made);
            }
        }
    }

    /// <summary>Whether CREATE TABLE can hold it: a foreign key may need a later table, and NOT VALID means nothing there.</summary>
    public static bool IsInline(ConstraintFacts facts) => facts.Type != ConstraintType.ForeignKey && !facts.NotValid && !facts.NotEnforced;

    /// <summary>Whether one can become the other by ALTER or VALIDATE, or they are equal.</summary>
    public static bool CanAlter(ConstraintFacts old, ConstraintFacts made)
    {
        bool validated = old.NotValid && !made.NotValid && !made.NotEnforced;
        bool deferred = made.Type == ConstraintType.ForeignKey && old.NotValid == made.NotValid;
        return (validated && (old with { NotValid = false }).Equals(made))
            || (deferred && (old with { Deferrable = made.Deferrable, InitiallyDeferred = made.InitiallyDeferred }).Equals(made))
            || old.Equals(made);
    }

    // What is on a table that goes, goes with it; but two tables that point at each other cannot be dropped one after the other.
    private static bool HasToBeDropped(ObjectId table, ConstraintFacts old, Difference difference)
    {
        if (difference.Stays(table))
        {
            return true;
        }

        ObjectId? other = old.References is null ? null : ObjectId.Table(old.References.Schema, old.References.Table);
        return other is not null && other != table && !difference.To.Contains(other);
    }

    private static StepDraft Drop(ObjectId id, ObjectId table, ConstraintFacts old, bool rebuilt)
    {
        Phase phase = old.Type == ConstraintType.ForeignKey ? Phase.DropForeignKeys : Phase.DropConstraints;
        StepDraft draft = new StepDraft(
            phase, $"drop {id}", $"ALTER TABLE {table.QualifiedName} DROP CONSTRAINT {Identifiers.Quote(id.Part!)}",
            rebuilt ? "it is made again after the change" : $"{id} is there and not wanted").Locking(table, LockModes.AccessExclusive);
        if (old.References is not null)
        {
            draft = draft.Locking(ObjectId.Table(old.References.Schema, old.References.Table), LockModes.AccessExclusive);
        }

        return rebuilt ? draft : draft.With(Hazards.Weakens, id);
    }

    private static StepDraft Add(ObjectId id, ObjectId table, ConstraintFacts made, bool rebuilt, Difference difference)
    {
        Phase phase = made.Type == ConstraintType.ForeignKey ? Phase.AddForeignKeys : Phase.AddConstraints;
        StepDraft draft = new(
            phase, $"add {id}", $"ALTER TABLE {table.QualifiedName} ADD {ConstraintSql.Definition(id.Part!, made)}",
            rebuilt ? "it differs, or a column that it reads changes" : $"{id} is wanted and not there");
        bool scans = !made.NotValid && !made.NotEnforced && !difference.IsNew(table);
        string mode = made.Type == ConstraintType.ForeignKey ? LockModes.ShareRowExclusive : LockModes.AccessExclusive;
        draft = draft.Locking(table, mode, scans);
        if (made.References is not null)
        {
            draft = draft.Locking(ObjectId.Table(made.References.Schema, made.References.Table), LockModes.ShareRowExclusive);
        }

        return scans ? draft.With(Hazards.CanFail, id) : draft;
    }

    private static StepDraft Alter(ObjectId id, ObjectId table, ConstraintFacts old, ConstraintFacts made)
    {
        string name = Identifiers.Quote(id.Part!);
        if (old.NotValid && !made.NotValid)
        {
            StepDraft draft = new StepDraft(
                Phase.AddForeignKeys, $"validate {id}", $"ALTER TABLE {table.QualifiedName} VALIDATE CONSTRAINT {name}", "the rows from before it are to be checked")
                .With(Hazards.CanFail, id) with
            {
                Locks = [new StepLock(table.QualifiedName, LockModes.ShareUpdateExclusive)],
                Scans = [table.QualifiedName],
            };
            return made.References is null
                ? draft : draft.Locking(ObjectId.Table(made.References.Schema, made.References.Table), LockModes.RowShare);
        }

        string deferrability = made.Deferrable ? ConstraintSql.Deferrability(made) : " NOT DEFERRABLE";
        deferrability += made.Deferrable && !made.InitiallyDeferred ? " INITIALLY IMMEDIATE" : "";
        return new StepDraft(
            Phase.AddForeignKeys, $"alter {id}", $"ALTER TABLE {table.QualifiedName} ALTER CONSTRAINT {name}{deferrability}", "the time of its check differs")
            .Locking(table, LockModes.AccessExclusive);
    }
}
