using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class ConstraintKind : ObjectKind
{
    public override string Name => "constraint";

    public override Type FactsType => typeof(ConstraintFacts);

    public override string Reference(ObjectId id) => $"{Identifiers.Quote(id.Part!)} ON {id.QualifiedName}";

    public override Phase PhaseOf(ObjectFacts facts) => Phase.AddForeignKeys;

    public override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made) => CanAlter((ConstraintFacts)old, (ConstraintFacts)made);

    public override IEnumerable<StepDraft> Steps(Difference difference) =>
        difference.Each<ConstraintFacts>().SelectMany(
            c => Steps(c.Id, c.Old, c.Made, difference),
            (c, draft) => ((c.Made ?? c.Old) is { Type: ConstraintType.Check or ConstraintType.ForeignKey, NoInherit: false } ? draft.GoingDown(ObjectId.Table(c.Id.Schema!, c.Id.Name), difference.From) : draft) with { Subject = draft.Subject ?? c.Id });

    private static IEnumerable<StepDraft> Steps(ObjectId id, ConstraintFacts? old, ConstraintFacts? made, Difference difference)
    {
        ObjectId table = ObjectId.Table(id.Schema!, id.Name);
        bool rebuilt = difference.IsRebuilt(id);
        if (old is not null && (made is null || rebuilt) && (HasToBeDropped(table, old, difference) || TableParts.StandsApart(difference.From, id, old)))
        {
            // What is inherited, too, can go when it is gone above.
            yield return Drop(id, table, old, rebuilt) with { After = [.. Parents(id, difference.From)] };
        }

        if (made is null)
        {
            yield break;
        }

        bool isMade = old is null || rebuilt;
        ConstraintFacts before = isMade ? made with { Statistics = default } : old!;
        if (isMade && (made.Inherited || Attachments.IsMadeByParent(id, made)))
        {
            before = before with { NotValid = Upper(id, made, difference) is { NotValid: true } };
        }
        else if (isMade && !(difference.IsMade(table) && TableParts.IsInline(difference.To, id, made)))
        {
            yield return Add(id, table, made, rebuilt, difference);
        }

        foreach (StepDraft draft in Alter(id, table, before, made, difference).Concat(Attachments.Steps(id, difference)))
        {
            yield return draft;
        }
    }

    /// <summary>Whether one can become the other by ALTER or VALIDATE, or they are equal.</summary>
    public static bool CanAlter(ConstraintFacts before, ConstraintFacts after)
    {
        ConstraintFacts old = Core(before);
        ConstraintFacts made = Core(after);
        bool stays = before.AttachedTo is null || before.AttachedTo == after.AttachedTo;
        bool validated = old.NotValid && !made.NotValid && !made.NotEnforced;
        bool deferred = made.Type == ConstraintType.ForeignKey && old.NotValid == made.NotValid;
        return stays && ((validated && (old with { NotValid = false }).Equals(made))
            || (deferred && (old with { Deferrable = made.Deferrable, InitiallyDeferred = made.InitiallyDeferred }).Equals(made))
            || old.Equals(made));
    }

    // What has to be equal, or altered by its own statements: not the settings of the index, nor what follows from what is attached.
    private static ConstraintFacts Core(ConstraintFacts facts) =>
        (ConstraintFacts)(facts with { Options = default, Tablespace = null, Statistics = default, IndexInvalid = false, AttachedTo = null }).Own();

    // What is on a table that goes, goes with it; but two tables that point at each other cannot be dropped one after the other, nor a key before what refers by it.
    private static bool HasToBeDropped(ObjectId table, ConstraintFacts old, Difference difference)
    {
        if (old.Inherited || Attachments.GoesWithAnother(old, difference))
        {
            return false;
        }

        if (difference.Stays(table) || difference.Stays(table with { Kind = "foreign table" }))
        {
            return true;
        }

        ObjectId? other = old.References is null ? null : ObjectId.Table(old.References.Schema, old.References.Table);
        return other is not null && other != table && old.AttachedTo is null && (!difference.Stays(other) || difference.LosesItsKey(old.References!));
    }

    // That of the table that it is inherited from, or that it was made with.
    private static ConstraintFacts? Upper(ObjectId id, ConstraintFacts facts, Difference difference)
    {
        IEnumerable<ObjectId> uppers = facts.AttachedTo is { } upper ? [upper] : Parents(id, difference.To);
        return uppers.Select(name => difference.To.Find(name)?.Facts as ConstraintFacts).FirstOrDefault(found => found is not null);
    }

    // Those of the tables that its table inherits from.
    private static IEnumerable<ObjectId> Parents(ObjectId id, Catalog catalog) =>
        ((catalog.Find(ObjectId.Table(id.Schema!, id.Name))?.Facts as TableFacts)?.Inherits ?? default).Select(id.On);

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
        bool divided = difference.To.Find(table)?.Facts is TableFacts { PartitionKey: not null };
        string only = divided && made.Type is not (ConstraintType.ForeignKey or ConstraintType.Check) ? "ONLY " : "";
        StepDraft draft = new(
            phase, $"add {id}", $"ALTER TABLE {only}{table.QualifiedName} ADD {ConstraintSql.Definition(id.Part!, made)}",
            rebuilt ? "it differs, or a column that it reads changes" : $"{id} is wanted and not there");

        // It goes on to the tables that inherit from this one, and takes up what they have of their own.
        ObjectId[] below = [.. difference.To.DescendantsOf(table)];
        IEnumerable<ObjectId> own = below.Select(id.On)
            .Where(part => difference.To.Find(part)?.Facts is ConstraintFacts { Inherited: false, AttachedTo: null });
        IEnumerable<ObjectId> attached = made.Type != ConstraintType.ForeignKey
            ? [] : Attached(id, difference).Where(part => !Attachments.IsMadeByParent(part, difference.To.Find(part)!.Facts));
        IEnumerable<ObjectId> rows = made.References is not { } other ? []
            : difference.Moved.AttachmentsBelow(table).Concat(difference.Moved.AttachmentsBelow(ObjectId.Table(other.Schema, other.Table)));
        draft = draft with { After = [.. below, .. own, .. attached, .. rows] };
        bool scans = !made.NotValid && !made.NotEnforced && difference.Stays(table);
        string mode = made.Type == ConstraintType.ForeignKey ? LockModes.ShareRowExclusive : LockModes.AccessExclusive;
        draft = draft.Locking(table, mode, scans);
        if (made.References is not null)
        {
            draft = draft.Locking(ObjectId.Table(made.References.Schema, made.References.Table), LockModes.ShareRowExclusive);
        }

        return scans ? draft.With(Hazards.CanFail, id).Calling(difference.To, made.DependsOn) : draft;
    }

    private static IEnumerable<ObjectId> Attached(ObjectId id, Difference difference) =>
        difference.To.AttachedTo(id).SelectMany(part => Attached(part, difference).Prepend(part));

    private static IEnumerable<StepDraft> Alter(ObjectId id, ObjectId table, ConstraintFacts old, ConstraintFacts made, Difference difference)
    {
        // A statement about a parent's constraint goes on to those that are inherited from it.
        ConstraintFacts? upper = made.Inherited || made.AttachedTo is not null ? Upper(id, made, difference) : null;
        string name = Identifiers.Quote(id.Part!);
        if (old.NotValid && !made.NotValid && !(upper is { NotValid: false } && !difference.IsMade(table)))
        {
            StepDraft draft = new StepDraft(
                Phase.AddForeignKeys, $"validate {id}", $"ALTER TABLE {table.QualifiedName} VALIDATE CONSTRAINT {name}", "the rows from before it are to be checked")
                .With(Hazards.CanFail, id).Calling(difference.To, made.DependsOn) with
            {
                Locks = [new StepLock(table.QualifiedName, LockModes.ShareUpdateExclusive)],
                Scans = [table.QualifiedName],
                After = made.Inherited ? [.. Parents(id, difference.To)] : [],
            };
            yield return made.References is null
                ? draft : draft.Locking(ObjectId.Table(made.References.Schema, made.References.Table), LockModes.RowShare);
        }

        if ((old.Deferrable, old.InitiallyDeferred) != (made.Deferrable, made.InitiallyDeferred) && upper is null)
        {
            string deferrability = made.Deferrable ? ConstraintSql.Deferrability(made) : " NOT DEFERRABLE";
            deferrability += made.Deferrable && !made.InitiallyDeferred ? " INITIALLY IMMEDIATE" : "";
            yield return new StepDraft(
                Phase.AddForeignKeys, $"alter {id}", $"ALTER TABLE {table.QualifiedName} ALTER CONSTRAINT {name}{deferrability}", "the time of its check differs")
                .Locking(table, LockModes.AccessExclusive);
        }

        foreach (StepDraft draft in IndexSettings.Of(old).To(IndexSettings.Of(made), id, table))
        {
            yield return draft;
        }
    }
}
