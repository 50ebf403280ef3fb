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
    /// <exception cref="LockplaneException">LP105: the catalogs are of two majors. LP103: something that is not modelled is in the way.</exception>
    public static Plan Plan(Catalog from, Catalog desired, PlanOptions options) => Plan(Renaming.None(from), desired, options, null);

    /// <summary>The plan that leads from one catalog to another, in which some objects have other names.</summary>
    /// <param name="renaming">What is renamed first.</param>
    /// <param name="desired">The catalog that is wanted.</param>
    /// <param name="options">Mode and scope.</param>
    /// <param name="back">What <see cref="Returned"/> is when it has the old names again; null where nothing is renamed or it is <see cref="Renaming.Renamed"/>.</param>
    /// <exception cref="LockplaneException">LP105: the catalogs are of two majors. LP103: something that is not modelled is in the way.</exception>
    public static Plan Plan(Renaming renaming, Catalog desired, PlanOptions options, Catalog? back)
    {
        Catalog from = renaming.Renamed;
        Forward forward = ForwardOf(from, desired);
        ImmutableArray<StepDraft> drafts = [.. Drafts(forward.Difference).Select(draft => WithLostUnmodelled(draft, from, forward.To))];
        ManifestHash toHash = ManifestHash.Of(forward.To);
        return PlanJson.Named(new Plan
        {
            PlanHash = toHash,
            FromHash = ManifestHash.Of(renaming.From),
            ToHash = toHash,
            DesiredHash = ManifestHash.Of(desired.WithUnmodelledOf(from)),
            ServerMajor = from.ServerMajor,
            Options = options with { Scope = options.Scope.Normalised() },
            Renames = renaming.Renames.IsEmpty ? null : renaming.Renames.ToFactList(),
            Steps = Numbered([.. renaming.Steps().Concat(drafts).Select(draft => draft with { Locks = [.. draft.Locks.Select(l => l with { Relation = renaming.NameBefore(l.Relation) })] })], renaming.From, toHash),
            Unreached = forward.Unreached,
            Rollback = Back(renaming, forward.To, back, drafts),
        });
    }

    /// <summary>The catalog that the rollback of such a plan leads to before it gives the old names back.</summary>
    public static Catalog Returned(Renaming renaming, Catalog desired) => BackTo(ForwardOf(renaming.Renamed, desired).To, renaming.Renamed).To;

    /// <summary>The plan of statements as a person wrote them.</summary>
    /// <param name="from">The catalog that the database has.</param>
    /// <param name="to">The catalog that a shadow of it has after the statements, with what <paramref name="from"/> has unmodelled (<see cref="Catalog.WithUnmodelledFrom"/>).</param>
    /// <param name="statements">The statements as they were judged; each becomes one step.</param>
    /// <param name="options">Mode, scope and the search path that the statements were meant for.</param>
    /// <exception cref="LockplaneException">LP105: the catalogs are of two majors.</exception>
    public static Plan PlanStatements(Catalog from, Catalog to, IReadOnlyList<JudgedStatement> statements, PlanOptions options)
    {
        RequireOneMajor(from, to);
        ImmutableArray<StepDraft> effects = [.. Drafts(new Difference(from, to, OwnerOf(from)))];
        ImmutableArray<StepDraft> drafts = DoNothing(from, to, statements, options) ? [] : StatementSteps.Of(statements, effects, from, to);
        ManifestHash toHash = ManifestHash.Of(to);
        return PlanJson.Named(new Plan
        {
            PlanHash = toHash,
            FromHash = ManifestHash.Of(from),
            ToHash = toHash,
            DesiredHash = toHash,
            ServerMajor = from.ServerMajor,
            Options = options with { Scope = options.Scope.Normalised() },
            Steps = Numbered(drafts, from, toHash),
            Unreached = [],
            Rollback = Back(Renaming.None(from), to, null, drafts),
        });
    }

    /// <summary>The statements of the declarative plan, in order.</summary>
    internal static IEnumerable<StepDraft> Drafts(Difference difference) =>
        StepOrder.Of(difference, ObjectKinds.All.SelectMany(kind => kind.Steps(difference)).Concat(CommonSteps.Of(difference)));

    // Objects that the scope leaves out are on no shadow: there a statement may do something that nothing shows.
    private static bool DoNothing(Catalog from, Catalog to, IReadOnlyList<JudgedStatement> statements, PlanOptions options) =>
        options.Scope is { Schemas.Count: 0, Ignore.Count: 0 } && ManifestHash.Of(from) == ManifestHash.Of(to) && statements.All(statement => statement.IsConditional);

    private sealed record Forward(Difference Difference, Catalog To, ImmutableArray<UnreachedFact> Unreached);

    private static Forward ForwardOf(Catalog from, Catalog desired)
    {
        RequireOneMajor(from, desired);
        return Leading(from, desired.WithUnmodelledOf(from), OwnerOf(from));
    }

    private static Forward BackTo(Catalog to, Catalog from) => Leading(to, from, OwnerOf(from));

    private static Forward Leading(Catalog from, Catalog wanted, string? owner)
    {
        (Catalog reachable, ImmutableArray<UnreachedFact> unreachable) = Reachable.Of(from, wanted);
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
        ManifestHash backHash = ManifestHash.Of(isExact ? renaming.From : back ?? (renaming.Renames.IsEmpty ? returned.To : throw new ArgumentNullException(nameof(back))));
        ImmutableArray<string> loses = [.. forward.SelectMany(draft => draft.Loses).Distinct(), .. returned.Unreached.Select(fact => $"{fact.Fact} of {fact.Object}")];
        return new Rollback
        {
            Reversibility = loses.Length == 0 && backHash == ManifestHash.Of(renaming.From) ? Reversibility.Exact : Reversibility.DataLost,
            ToHash = backHash,
            Steps = Numbered([.. Drafts(returned.Difference), .. renaming.StepsBack()], to, backHash),
            Loses = loses,
        };
    }

    /// <summary>The catalog that the steps lead to: what is wanted, with columns where Postgres leaves them.</summary>
    internal static (Catalog Catalog, ImmutableArray<UnreachedFact> Unreached) Outcome(Difference difference, ImmutableArray<UnreachedFact> unreachable)
    {
        List<CatalogObject> objects = [];
        ImmutableArray<UnreachedFact>.Builder unreached = unreachable.ToBuilder();
        ReachedColumns reached = new(difference);
        foreach (CatalogObject item in difference.To.Objects)
        {
            if (item.Facts is TableFacts made)
            {
                FactList<ColumnFacts> columns = reached.Of(item.Id, made);
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

        return (difference.To.WithObjects(objects), unreached.ToImmutable());
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
        HashSet<string> relations = [.. before.Objects.Where(o => o.Id.Kind is "table" or "sequence" or "view" or "materialized view" or "foreign table").Select(o => o.Id.QualifiedName)];
        return [.. drafts.Select((draft, i) => new PlanStep
        {
            N = i + 1,
            Description = draft.Description,
            Sql = draft.Sql,
            Segment = 1,
            Transactional = true,
            AfterHash = i == drafts.Length - 1 ? after : null,
            Locks = [.. draft.Locks.Where(l => relations.Contains(l.Relation)).Distinct()],
            Rewrites = draft.Rewrites,
            Scans = draft.Scans,
            Hazards = [.. draft.Hazards.Distinct()],
            Timeouts = new StepTimeouts(LockMs, draft.Rewrites.Length + draft.Scans.Length > 0 ? LongStatementMs : StatementMs),
            Reason = draft.Reason,
            Reversibility = draft.Reversibility,
        })];
    }

    // The role that applies owns the database (LP104's hint says so), so what it makes needs no ALTER ... OWNER.
    private static string? OwnerOf(Catalog catalog) => catalog.Environment.GetValueOrDefault("owner");

    private static void RequireOneMajor(Catalog from, Catalog to)
    {
        if (from.ServerMajor != to.ServerMajor)
        {
            throw new LockplaneException(
                ErrorCodes.MajorChanged, $"One catalog was read from Postgres {from.ServerMajor}, the other from {to.ServerMajor}: their expressions are not written alike.");
        }
    }
}
