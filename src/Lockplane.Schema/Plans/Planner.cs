using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;
using Lockplane.Sql;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Plans;

/// <summary>Makes plans. Pure: the same inputs give the same bytes.</summary>
public static class Planner
{
    private const int LockMs = 3_000;
    private const int StatementMs = 60_000;

    // Reading or writing a whole table takes as long as the table is large.
    private const int LongStatementMs = 3_600_000;

    /// <summary>The plan that leads from one catalog to another.</summary>
    /// <param name="from">The catalog that the database has.</param>
    /// <param name="desired">The catalog that is wanted; what <paramref name="from"/> has unmodelled is kept, less what hangs on what is dropped.</param>
    /// <param name="options">Mode and scope.</param>
    /// <exception cref="LockplaneException">LP105: the catalogs are of two majors. LP103: something is not modelled, or was not readable, and is in the way.</exception>
    public static Plan Plan(Catalog from, Catalog desired, PlanOptions options) => Plan(Renaming.None(from), desired, options, null);

    /// <summary>The plan that leads from one catalog to another, in which some objects have other names.</summary>
    /// <param name="renaming">What is renamed first.</param>
    /// <param name="desired">The catalog that is wanted.</param>
    /// <param name="options">Mode and scope.</param>
    /// <param name="back">What <see cref="Returned"/> is when it has the old names again; null where nothing is renamed or it is <see cref="Renaming.Renamed"/>.</param>
    /// <exception cref="LockplaneException">LP105: the catalogs are of two majors. LP103: something is not modelled, or was not readable, and is in the way.</exception>
    public static Plan Plan(Renaming renaming, Catalog desired, PlanOptions options, Catalog? back) => Plan(renaming, desired, options, back, [], []);

    /// <summary>The catalog that the rollback of such a plan leads to before it gives the old names back.</summary>
    public static Catalog Returned(Renaming renaming, Catalog desired) => BackTo(ForwardOf(renaming.Renamed, desired).To, renaming.Renamed).To;

    /// <summary>The plan of statements as a person wrote them.</summary>
    /// <param name="renaming">The catalog that the database has, and what the statements rename in it (<see cref="StatedRenames"/>).</param>
    /// <param name="to">The catalog that a shadow of it has after the statements, with what the database's has unmodelled (<see cref="Catalog.WithUnmodelledFrom"/>).</param>
    /// <param name="statements">The statements as they were judged; each becomes one step.</param>
    /// <param name="options">Mode, scope and the search path that the statements were meant for.</param>
    /// <param name="back">As in <see cref="Plan(Renaming, Catalog, PlanOptions, Catalog)"/>.</param>
    /// <exception cref="LockplaneException">LP105: the catalogs are of two majors.</exception>
    public static Plan PlanStatements(Renaming renaming, Catalog to, IReadOnlyList<JudgedStatement> statements, PlanOptions options, Catalog? back)
    {
        Catalog from = renaming.From;
        RequireOneMajor(from, to);
        ImmutableArray<StepDraft> effects = [.. WithOldNames(renaming.Steps().Concat(Drafts(new Difference(renaming.Renamed, to, OwnerOf(from)))), renaming)];
        ImmutableArray<StepDraft> drafts = DoNothing(from, to, statements, options) ? [] : StatementSteps.Of(statements, effects, from, to, options);
        return Assemble(renaming, to, ManifestHash.Of(to), options, drafts, [], back);
    }

    /// <summary>The plan that undoes one that was applied: the rows that it kept come back, and the catalog.</summary>
    /// <param name="renaming">The catalog that the database has, which is the one that the plan led to, and the names that it gave, taken back.</param>
    /// <param name="desired">The catalog that it started from.</param>
    /// <param name="undone">The plan.</param>
    /// <param name="entry">The ledger entry that applied it, and kept the rows.</param>
    /// <param name="options">Mode and scope.</param>
    /// <param name="back">As in <see cref="Plan(Renaming, Catalog, PlanOptions, Catalog)"/>.</param>
    /// <exception cref="LockplaneException">As <see cref="Plan(Catalog, Catalog, PlanOptions)"/>; LP203 when a table is not there any more.</exception>
    public static Plan PlanUndoing(Renaming renaming, Catalog desired, Plan undone, long entry, PlanOptions options, Catalog? back)
    {
        Catalog from = renaming.From;
        StepDraft[] rows = [.. undone.Steps.Where(step => step.Keeps is not null).Reverse().Select(step => RestoringStep(
            (RowKeeping.Again(step.Keeps!, from) ?? throw new LockplaneException(ErrorCodes.Dependency, $"{step.Keeps!.Relation} is not there with a primary key: its rows cannot be restored.")) with { Step = step.N, Entry = entry }))];
        ImmutableArray<UnreachedFact> lost = [.. undone.Steps.Where(step => step is { Rows: not null, Reversibility: Reversibility.Irreversible })
            .Select(step => new UnreachedFact(step.Hazards.FirstOrDefault(h => h.Name == Hazards.ChangesData.Name)?.Object ?? "rows", $"the rows that step {step.N} of entry {entry} changed"))];
        return Plan(renaming, desired, options with { KeepRows = rows.Length > 0 ? true : null }, back, rows, lost);
    }

    private static Plan Plan(Renaming renaming, Catalog desired, PlanOptions options, Catalog? back, StepDraft[] first, ImmutableArray<UnreachedFact> lost)
    {
        Catalog from = renaming.Renamed;
        Forward forward = ForwardOf(from, desired);
        ImmutableArray<StepDraft> drafts =
        [
            .. first,
            .. WithOldNames(renaming.Steps().Concat(Drafts(forward.Difference).Select(draft => WithLostUnmodelled(draft, from, forward.To))), renaming),
        ];
        return Assemble(renaming, forward.To, ManifestHash.Of(desired.WithUnmodelledOf(from)), options, drafts, [.. forward.Unreached, .. lost], back);
    }

    // Locks are taken before anything has its new name.
    private static IEnumerable<StepDraft> WithOldNames(IEnumerable<StepDraft> drafts, Renaming renaming) =>
        drafts.Select(draft => draft with { Locks = [.. draft.Locks.Select(l => l with { Relation = renaming.NameBefore(l.Relation) })] });

    private static Plan Assemble(
        Renaming renaming, Catalog to, ManifestHash desired, PlanOptions options, ImmutableArray<StepDraft> drafts, ImmutableArray<UnreachedFact> unreached, Catalog? back)
    {
        ManifestHash toHash = ManifestHash.Of(to);
        return PlanJson.Named(new Plan
        {
            PlanHash = toHash,
            FromHash = ManifestHash.Of(renaming.From),
            ToHash = toHash,
            DesiredHash = desired,
            ServerMajor = to.ServerMajor,
            Options = options with { Scope = options.Scope.Normalised() },
            Renames = renaming.Renames.IsEmpty ? null : renaming.Renames.ToFactList(),
            Steps = Numbered(drafts, renaming.From, toHash),
            Unreached = unreached,
            Rollback = Back(renaming, to, back, drafts),
        });
    }

    // Restored rows are kept as well: what is undone can be undone.
    private static StepDraft RestoringStep(KeptRows rows) => new StepDraft(
        Phase.AlterTables, $"restore rows of {rows.Table}", RestoringSql.Of(rows), $"step {rows.Step} changed them") { Restores = rows, Keeps = rows.Entry is null ? null : rows with { Entry = null } }
        .Locking(ObjectId.Table(rows.Schema, rows.Table), LockModes.ShareRowExclusive)
        .With(Hazards.ChangesData, ObjectId.Table(rows.Schema, rows.Table))
        .With(Hazards.BlocksWrites, ObjectId.Table(rows.Schema, rows.Table));

    /// <summary>The statements of the declarative plan, in order.</summary>
    internal static IEnumerable<StepDraft> Drafts(Difference difference) =>
        difference.Moved.Leaving(StepOrder.Of(difference, again => ObjectKinds.All.SelectMany(kind => kind.Steps(again)).Concat(CommonSteps.Of(again))))
            .Select(draft => CalledFunctions.Rebuilding(draft, difference.From));

    // Objects that the scope leaves out are on no shadow: there a statement may do something that nothing shows.
    private static bool DoNothing(Catalog from, Catalog to, IReadOnlyList<JudgedStatement> statements, PlanOptions options) =>
        options.Scope is { Schemas.Count: 0, Ignore.Count: 0 } && ManifestHash.Of(from) == ManifestHash.Of(to) && statements.All(statement => statement.IsConditional);

    private sealed record Forward(Difference Difference, Catalog To, ImmutableArray<UnreachedFact> Unreached);

    private static Forward ForwardOf(Catalog from, Catalog desired)
    {
        RequireOneMajor(from, desired);
        RequireReadable(from);
        RequireReadable(desired);
        return Leading(from, desired.WithUnmodelledOf(from), OwnerOf(from));
    }

    private static Forward BackTo(Catalog to, Catalog from) => Leading(to, from, OwnerOf(from));

    private static Forward Leading(Catalog from, Catalog wanted, string? owner)
    {
        (Catalog reachable, ImmutableArray<UnreachedFact> unreachable) = Reachable.Of(from, wanted.SharedWith(from));
        Difference difference = new(from, reachable, owner);
        (Catalog to, ImmutableArray<UnreachedFact> unreached) = Outcome(difference, unreachable);
        return new Forward(difference, to, unreached);
    }

    // The steps were written for what has the new names; the old ones come back last.
    private static Rollback Back(Renaming renaming, Catalog to, Catalog? back, ImmutableArray<StepDraft> forward)
    {
        Catalog from = renaming.Renamed;
        UnmodelledObject[] gone = [.. from.Unmodelled.Except(to.Unmodelled)];
        UnmodelledObject[] made = [.. to.Unmodelled.Except(from.Unmodelled)];
        if (gone.Length + made.Length > 0)
        {
            return new Rollback
            {
                Reversibility = Reversibility.Irreversible,
                ToHash = ManifestHash.Of(to),
                Steps = [],
                Loses = [.. gone.Select(item => $"{item}, which is not modelled"), .. made.Select(item => $"{item} stays: it is not modelled")],
            };
        }

        Forward returned = BackTo(to, from);
        bool isExact = ManifestHash.Of(returned.To) == ManifestHash.Of(from);
        ManifestHash backHash = ManifestHash.Of(isExact ? renaming.From : back ?? returned.To);
        // Rows first: what their tables are is the same before and after them, and what was made for them is still there.
        ImmutableArray<StepDraft> drafts =
            [.. forward.Where(draft => draft.Keeps is not null).Reverse().Select(draft => RestoringStep(draft.Keeps!)), .. Drafts(returned.Difference), .. renaming.StepsBack()];
        ImmutableArray<string> loses = [.. forward.Concat(drafts.Where(draft => Destroys(draft, to, from))).SelectMany(draft => draft.Loses).Distinct(), .. returned.Unreached.Select(fact => $"{fact.Fact} of {fact.Object}")];
        return new Rollback
        {
            // Where rows alone changed and none were kept, no step is left.
            Reversibility = loses.Length == 0 && backHash == ManifestHash.Of(renaming.From) ? Reversibility.Exact
                : drafts.Length == 0 && forward.Any(draft => draft.Reversibility == Reversibility.Irreversible) ? Reversibility.Irreversible : Reversibility.DataLost,
            ToHash = backHash,
            Steps = Numbered(drafts, to, backHash),
            Loses = loses,
        };
    }

    // Something that was there before the plan, which the way back can only make again.
    private static bool Destroys(StepDraft back, Catalog to, Catalog from)
    {
        if (back.Loses.Length == 0 || back.Subject is not { } subject || (from.FindRelation(subject) ?? from.Find(subject)) is not { } item)
        {
            return false;
        }

        // What is generated comes back by itself; an identity that the plan made is none that was there.
        RelationFacts? made = to.Find(item.Id)?.Facts as RelationFacts;
        IEnumerable<string> columns = ((item.Facts as RelationFacts)?.Columns ?? default)
            .Where(column => column.Generated is null && (column.Identity is not null || made?.Find(column.Name)?.Identity is null))
            .Select(column => ObjectId.Column(item.Id.Schema!, item.Id.Name, column.Name).ToString());
        return back.Hazards.Any(hazard => hazard.Name == Hazards.DropsData.Name && (hazard.Object == item.Id.ToString() || columns.Contains(hazard.Object)));
    }

    /// <summary>The catalog that the steps lead to: what is wanted, with columns where Postgres leaves them.</summary>
    internal static (Catalog Catalog, ImmutableArray<UnreachedFact> Unreached) Outcome(Difference difference, ImmutableArray<UnreachedFact> unreachable)
    {
        List<CatalogObject> objects = [];
        ImmutableArray<UnreachedFact>.Builder unreached = unreachable.ToBuilder();
        ReachedColumns reached = new(difference);
        foreach (CatalogObject item in difference.Wanted.Objects)
        {
            if (item.Facts is TableFacts made && !difference.IsUntouched(item.Id))
            {
                FactList<ColumnFacts> columns = reached.Of(item.Id, (TableFacts)difference.To.Find(item.Id)!.Facts).Select(column => made.Find(column.Name)!).ToFactList();
                if (columns != made.Columns)
                {
                    unreached.Add(new UnreachedFact(item.Id.ToString(), $"the order of columns ({Identifiers.QuoteList(made.Columns.Select(c => c.Name))})"));
                }

                objects.Add(item with { Facts = made with { Columns = columns } });
            }
            else
            {
                objects.Add(item);
            }
        }

        return (difference.Wanted.WithObjects(objects), unreached.ToImmutable());
    }

    private static StepDraft WithLostUnmodelled(StepDraft draft, Catalog from, Catalog to)
    {
        if (draft.Reversibility == Reversibility.Exact)
        {
            return draft;
        }

        // The objects that the hazards of this step name are those that it drops.
        HashSet<string> dropped = [.. draft.Hazards.Select(hazard => hazard.Object)];
        UnmodelledObject[] lost = [.. from.Unmodelled.Except(to.Unmodelled).Where(u => u.On is not null && IsPartOf(u.On, dropped))];
        return lost.Length == 0 ? draft : draft with
        {
            Reversibility = Reversibility.Irreversible,
            Hazards = [.. draft.Hazards, .. lost.Select(item => new StepHazard(Hazards.DropsUnmodelled.Name, item.ToString()))],
        };
    }

    private static bool IsPartOf(ObjectId id, HashSet<string> dropped) =>
        dropped.Contains(id.ToString()) || (id is { Part: not null, Schema: not null } && dropped.Contains(ObjectId.Table(id.Schema, id.Name).ToString()));

    private static ImmutableArray<PlanStep> Numbered(ImmutableArray<StepDraft> drafts, Catalog before, ManifestHash after)
    {
        return [.. drafts.Select((draft, i) => new PlanStep
        {
            N = i + 1,
            Description = draft.Description,
            Sql = draft.Sql,
            Segment = 1,
            Transactional = true,
            AfterHash = i == drafts.Length - 1 ? after : null,
            Locks = [.. draft.Locks.Where(l => before.FindLockable(l.Relation) is not null).Distinct()],
            Rewrites = draft.Rewrites,
            Scans = draft.Scans,
            Hazards = [.. draft.Hazards.Distinct()],
            Timeouts = new StepTimeouts(LockMs, draft.Rewrites.Length + draft.Scans.Length > 0 || draft.Rows is not null || draft.Restores is not null ? LongStatementMs : StatementMs),
            Rows = draft.Rows,
            Keeps = draft.Keeps is { } keeps ? keeps with { Step = i + 1 } : null,
            Restores = draft.Restores,
            Reason = draft.Reason,
            Reversibility = draft.Reversibility,
        })];
    }

    // The role that applies owns the database (LP104's hint says so), so what it makes needs no ALTER ... OWNER.
    private static string? OwnerOf(Catalog catalog) => catalog.Environment.GetValueOrDefault("owner");

    private static void RequireReadable(Catalog catalog)
    {
        if (catalog.Unreadable.Length > 0)
        {
            throw new LockplaneException(
                ErrorCodes.Unreadable, "The role that read the catalog may not read everything.", string.Join("; ", catalog.Unreadable.Take(10)), "Read it by a role that may: the owner, or a member of pg_read_all_data.");
        }
    }

    private static void RequireOneMajor(Catalog from, Catalog to)
    {
        if (from.ServerMajor != to.ServerMajor)
        {
            throw new LockplaneException(
                ErrorCodes.MajorChanged, $"One catalog was read from Postgres {from.ServerMajor}, the other from {to.ServerMajor}: their expressions are not written alike.");
        }
    }
}
