using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;

namespace Lockplane.Schema.Plans;

/// <summary>Steps of statements that a person wrote, with what their effect on the catalog tells about them.</summary>
internal static class StatementSteps
{
    /// <summary>One step for each statement.</summary>
    /// <param name="statements">The statements.</param>
    /// <param name="effects">The statements that would have had the same effect, whose facts are known.</param>
    /// <param name="from">The catalog before.</param>
    /// <param name="to">The catalog after.</param>
    public static ImmutableArray<StepDraft> Of(
        IReadOnlyList<JudgedStatement> statements, ImmutableArray<StepDraft> effects, Catalog from, Catalog to)
    {
        StepDraft[] drafts = [.. statements.Select(s => new StepDraft(Phase.AlterTables, s.Description, s.Sql, "as it was written") { Hazards = s.Hazards })];
        if (drafts.Length == 0)
        {
            return [];
        }

        // One statement has all of the effect; of several it is not known which has what, so the last one answers for the losses.
        ImmutableArray<StepHazard> known = [.. effects.SelectMany(e => e.Hazards).Distinct()];
        ImmutableArray<StepHazard> lost = [.. from.Unmodelled.Except(to.Unmodelled).Select(u => new StepHazard(Hazards.DropsUnmodelled.Name, u.ToString()))];
        ref StepDraft last = ref drafts[^1];
        if (drafts.Length == 1)
        {
            last = last with
            {
                Locks = [.. effects.SelectMany(e => e.Locks).Distinct()],
                Rewrites = [.. effects.SelectMany(e => e.Rewrites).Distinct()],
                Scans = [.. effects.SelectMany(e => e.Scans).Distinct()],
                Hazards = [.. last.Hazards, .. known],
            };
        }
        else
        {
            HashSet<string> said = [.. drafts.SelectMany(d => d.Hazards).Select(h => h.Name)];
            last = last with { Hazards = [.. last.Hazards, .. known.Where(h => Hazards.IsDestructive(h.Name) && !said.Contains(h.Name))] };
            for (int i = 0; i < drafts.Length; i++)
            {
                drafts[i] = drafts[i] with { Hazards = drafts[i].Hazards.Add(new StepHazard(Hazards.Unknown.Name, $"statement {i + 1}")) };
            }
        }

        last = last with { Hazards = [.. last.Hazards, .. lost], Loses = [.. effects.SelectMany(e => e.Loses).Distinct()] };
        return [.. drafts.Select(draft => draft with { Reversibility = Judge(draft, lost.Length > 0) })];
    }

    private static Reversibility Judge(StepDraft draft, bool losesUnmodelled)
    {
        bool destructive = draft.Loses.Length > 0 || draft.Hazards.Any(hazard => Hazards.IsDestructive(hazard.Name));
        return !destructive ? Reversibility.Exact : losesUnmodelled ? Reversibility.Irreversible : Reversibility.DataLost;
    }
}
