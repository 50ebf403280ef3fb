using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Steps of statements that a person wrote, with what their effect on the catalog tells about them.</summary>
internal static class StatementSteps
{
    /// <summary>One step for each statement.</summary>
    /// <param name="statements">The statements.</param>
    /// <param name="effects">The statements that would have had the same effect, whose facts are known.</param>
    /// <param name="from">The catalog before.</param>
    /// <param name="to">The catalog after.</param>
    /// <param name="options">The search path, and whether rows are kept.</param>
    public static ImmutableArray<StepDraft> Of(
        IReadOnlyList<JudgedStatement> statements, ImmutableArray<StepDraft> effects, Catalog from, Catalog to, PlanOptions options)
    {
        StepDraft[] drafts = [.. statements.Select((s, i) => OfOne(i + 1, s, [.. statements.Take(i)], statements.Count == 1, from, to, options))];
        if (drafts.Length == 0)
        {
            return [];
        }

        // One statement has all of the effect; of several it is not known which has what, so the last one answers for the losses and for what needs an approval.
        ImmutableArray<StepHazard> known = [.. effects.SelectMany(e => e.Hazards).Distinct()];
        ImmutableArray<StepHazard> lost = [.. from.Unmodelled.Except(to.Unmodelled).Select(u => new StepHazard(Hazards.DropsUnmodelled.Name, u.ToString()))];
        ref StepDraft last = ref drafts[^1];
        if (drafts.Length == 1)
        {
            // TRUNCATE, REINDEX: what they lock is not seen by the catalog.
            known = effects.IsEmpty && statements[0].Change is null ? known.Add(new StepHazard(Hazards.Unknown.Name, "statement 1")) : known;
            last = last with
            {
                Locks = [.. last.Locks, .. effects.SelectMany(e => e.Locks).Distinct()],
                Rewrites = [.. last.Rewrites.Concat(effects.SelectMany(e => e.Rewrites)).Distinct()],
                Scans = [.. last.Scans.Concat(effects.SelectMany(e => e.Scans)).Distinct()],
                Hazards = [.. last.Hazards, .. known],
            };
        }
        else
        {
            StepHazard[] said = [.. drafts.SelectMany(d => d.Hazards)];
            last = last with { Hazards = [.. last.Hazards, .. known.Where(h => Hazards.NeedsApproval(h.Name) && !said.Any(s => s.Name == h.Name && IsOf(h.Object, s.Object)))] };
            for (int i = 0; i < drafts.Length; i++)
            {
                drafts[i] = statements[i].Change is not null ? drafts[i] : drafts[i] with { Hazards = drafts[i].Hazards.Add(new StepHazard(Hazards.Unknown.Name, $"statement {i + 1}")) };
            }
        }

        for (int i = 0; i < drafts.Length; i++)
        {
            drafts[i] = drafts[i] with { Loses = [.. drafts[i].Loses, .. Unseen(drafts[i], i + 1, known, drafts.Length == 1)] };
        }

        last = last with { Hazards = [.. last.Hazards, .. lost], Loses = [.. last.Loses, .. effects.SelectMany(e => e.Loses).Distinct()] };
        return [.. drafts.Select(draft => draft.Rows is not null ? draft : draft with { Reversibility = Judge(draft, lost.Length > 0) })];
    }

    private static StepDraft OfOne(int n, JudgedStatement statement, JudgedStatement[] before, bool alone, Catalog from, Catalog to, PlanOptions options)
    {
        StepDraft draft = new(Phase.AlterTables, statement.Description, statement.Sql, "as it was written") { Hazards = statement.Hazards };
        CatalogObject[] changed = [.. Changed(statement, from, options)];
        ObjectId[] tables = [.. changed.SelectMany(item => ViewParts.TablesBehind(from, item.Id)).Distinct()];
        ObjectId[] along = statement.Facts.Kind == "AlterTableStmt" ? [] : [.. tables.SelectMany(table => CascadedRows.Of(table, from, statement.Facts)).Concat(tables).Distinct().Except(changed.Select(item => item.Id))];
        draft = CalledFunctions.Of(statement, before, alone, [.. tables.Concat(along).Distinct()], from, to).Aggregate(draft, (step, function) => step.With(Hazards.CallsFunctions, function));
        if (statement.Facts.Kind is "CreateTableAsStmt" or "SelectStmt")
        {
            // Default privileges let others read what it reads.
            draft = to.Objects.Where(item => item.Facts is TableFacts or MaterializedViewFacts && item.Facts.Privileges is { Granted.Count: > 0 } && !from.Contains(item.Id)).Aggregate(draft, (step, item) => step.With(Hazards.ChangesAccess, item.Id));
        }

        if (statement.Change is not { } change)
        {
            draft = statement.Facts.Kind is "AlterTableStmt" ? draft : changed.Aggregate(draft, (step, item) => statement.Facts.Kind switch
            {
                "TruncateStmt" => step.Locking(item.Id, LockModes.AccessExclusive),
                "ReindexStmt" => step.Locking(item.Id, LockModes.Share, scans: true),
                _ => step.Locking(item.Id, statement.IsConcurrent ? LockModes.Exclusive : LockModes.AccessExclusive, rewrites: true),
            });
            return along.Aggregate(draft, (step, table) => step.With(Hazards.DropsData, table).Locking(table, LockModes.AccessExclusive));
        }

        draft = draft with { Rows = change.Rows };
        if (RowKeeping.FindRelation(from, change, options.SearchPath) is not { } relation)
        {
            // Rows of a table that the plan makes go with it.
            return RowKeeping.FindRelation(to, change, options.SearchPath) is null ? Losing(draft, n, change.Table) : draft;
        }

        // By its whole name, now that it is known.
        draft = draft with { Hazards = [.. draft.Hazards.Where(h => h.Name != Hazards.ChangesData.Name)] };
        draft = along.Aggregate(draft.With(Hazards.ChangesData, relation.Id), (step, table) => Losing(step.With(Hazards.ChangesData, table).Locking(table, LockModes.RowExclusive), n, table.ToString()));
        // The trigger that keeps the rows needs the stronger lock.
        draft = relation.Facts is not TableFacts ? draft : draft.Locking(relation.Id, options.KeepRows == true ? LockModes.ShareRowExclusive : LockModes.RowExclusive);
        return options.KeepRows == true
            ? draft.With(Hazards.BlocksWrites, relation.Id) with { Keeps = RowKeeping.Of(n, change, from, to, options.SearchPath) }
            : Losing(draft, n, relation.Id.ToString());
    }

    // The relations whose rows a statement changes or writes anew by itself.
    private static IEnumerable<CatalogObject> Changed(JudgedStatement statement, Catalog from, PlanOptions options) => (statement switch
    {
        { Change: { } change } => [RowKeeping.FindRelation(from, change, options.SearchPath)],
        { Facts: { Kind: "TruncateStmt" or "ClusterStmt" or "RefreshMatViewStmt" or "ReindexStmt" or "AlterTableStmt" } facts } =>
            facts.Relations.Select(relation => RowKeeping.FindRelation(from, relation.Schema, relation.Name, options.SearchPath) ?? FindIndexed(from, relation.Schema, relation.Name, options.SearchPath)),
        _ => [],
    }).OfType<CatalogObject>();

    // The relation of the index that a name stands for.
    private static CatalogObject? FindIndexed(Catalog catalog, string? schema, string name, FactList<string>? path)
    {
        IEnumerable<string> schemas = schema is null ? path ?? [] : [schema];
        return catalog.Objects.Where(item => schemas.Contains(item.Id.Schema) && ((item.Facts is IndexFacts && item.Id.Name == name) || (item.Facts is ConstraintFacts && item.Id.Part == name)))
            .Select(item => catalog.FindRelation(ObjectId.Column(item.Id.Schema!, item.Facts is IndexFacts index ? index.Table : item.Id.Name, ""))).FirstOrDefault(found => found is not null);
    }

    // Rows that go or change and leave the catalog as it was: TRUNCATE, what is dropped and made again under its name, a conversion to the same type.
    private static IEnumerable<string> Unseen(StepDraft draft, int n, ImmutableArray<StepHazard> known, bool alone) => draft.Hazards
        .Where(hazard => (hazard.Name == Hazards.DropsData.Name || hazard.Name == Hazards.ConvertsData.Name) && !known.Any(seen => seen.Name == hazard.Name && (alone || IsOf(seen.Object, hazard.Object))))
        .Select(hazard => $"what step {n} takes away of {hazard.Object}").Distinct();

    // The statement need not name the schema: "table notes" is "table public.notes".
    private static bool IsOf(string whole, string written) => whole == written || whole.EndsWith("." + written[(written.IndexOf(' ', StringComparison.Ordinal) + 1)..], StringComparison.Ordinal);

    private static StepDraft Losing(StepDraft draft, int n, string table) =>
        draft with { Reversibility = Reversibility.Irreversible, Loses = [.. draft.Loses, $"the rows of {table} that step {n} changes, as they were"] };

    private static Reversibility Judge(StepDraft draft, bool losesUnmodelled)
    {
        bool destructive = draft.Loses.Length > 0 || draft.Hazards.Any(hazard => Hazards.IsDestructive(hazard.Name));
        return !destructive ? Reversibility.Exact : losesUnmodelled ? Reversibility.Irreversible : Reversibility.DataLost;
    }
}
