using System.Collections.Immutable;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>Relations that are locked in one mode.</summary>
/// <param name="Mode">As the manual writes it: ACCESS EXCLUSIVE.</param>
/// <param name="Relations">The relations, in the order of their steps.</param>
internal sealed record LockedRelations(string Mode, ImmutableArray<string> Relations);

/// <summary>What a plan comes to: the facts and sentences that its text, its Markdown and its JSON have alike. The texts are not yet safe to print.</summary>
internal sealed class PlanSummary(Plan plan)
{
    private const int MostLost = 3;

    /// <summary>The steps as they are shown.</summary>
    public ImmutableArray<ShownStep> Steps { get; } = ShownStep.Of(plan);

    /// <summary>Steps that make something new.</summary>
    public int Creates => Steps.Count(step => step is { Mark: '+', Again: null });

    /// <summary>Steps that drop something for good.</summary>
    public int Drops => Steps.Count(step => step is { Mark: '-', Again: null });

    /// <summary>Steps that drop something to make it again, and that make it again.</summary>
    public int Remakes => Steps.Count(step => step.Again is not null);

    /// <summary>All other steps.</summary>
    public int Alters => Steps.Count(step => step.Mark == '~');

    /// <summary>How many steps, and of which kind.</summary>
    public string Headline
    {
        get
        {
            (int Number, string Words)[] kinds = [(Creates, "create"), (Alters, "alter"), (Drops, "drop"), (Remakes, "drop and make again")];
            return $"{PrintableText.Count(Steps.Length, "step", "steps")}: {string.Join(", ", kinds.Where(kind => kind.Number > 0).Select(kind => $"{kind.Number} {kind.Words}"))}.";
        }
    }

    /// <summary>What is said of a plan without steps.</summary>
    public string Nothing => plan.Unreached.IsEmpty ? "Nothing to do: the schema is as it should be." : "Nothing to do: what still differs is reached by no statement.";

    /// <summary>Whether a person has to approve, and why; names of hazards are printed as told.</summary>
    public string Approval(Func<string, string> print) => plan.NeedsApproval ? $"A person has to approve it: {string.Join(", ", ApprovalHazards.Select(print))}." : "No approval is needed.";

    /// <summary>The names of the hazards that a person has to approve, in the order of the list of hazards.</summary>
    public ImmutableArray<string> ApprovalHazards => [.. Names.Where(Hazards.NeedsApproval)];

    /// <summary>The hazards that are known and in the plan, in the order of their list.</summary>
    public ImmutableArray<Hazard> KnownHazards => [.. Hazards.All.Where(hazard => Names.Contains(hazard.Name))];

    /// <summary>Whether it can be undone, and what is lost.</summary>
    public string Undo => plan.Rollback.Reversibility switch
    {
        Reversibility.Exact => "It can be undone exactly.",
        Reversibility.DataLost => $"It can be undone, but not all comes back: {Lost}.",
        _ => $"It cannot be undone{(plan.Rollback.Loses.IsEmpty ? "" : $": {Lost}")}.",
    };

    /// <summary>What is locked in which mode, the strongest first.</summary>
    public ImmutableArray<LockedRelations> Locks =>
    [
        .. plan.Steps.SelectMany(step => step.Locks).GroupBy(held => held.Relation, StringComparer.Ordinal)
            .GroupBy(held => held.Max(one => LockModes.StrengthOf(one.Mode)))
            .OrderByDescending(mode => mode.Key)
            .Select(mode => new LockedRelations(LockModes.SqlOf(mode.SelectMany(held => held).Max(one => LockModes.StrengthOf(one.Mode))), [.. mode.Select(held => held.Key)])),
    ];

    /// <summary>Steps whose locks nobody worked out.</summary>
    public int WithUnknownLocks => plan.Steps.Count(step => step.Hazards.Any(hazard => hazard.Name == Hazards.Unknown.Name));

    /// <summary>A reversibility in words.</summary>
    public static string Describe(Reversibility reversibility) => reversibility switch
    {
        Reversibility.Exact => "exact",
        Reversibility.DataLost => "data-lost: the structure comes back, the data does not",
        _ => "irreversible",
    };

    /// <summary>The time limits of a step in words.</summary>
    public static string Describe(StepTimeouts timeouts) => $"waits {Duration(timeouts.LockMs)} for its locks, runs {Duration(timeouts.StatementMs)}, at most";

    /// <summary>What a step does with what another does, in words; null where nothing.</summary>
    public static string? Describe(ShownStep step) => step.Again is not { } other ? null
        : step.Mark == '-' ? $"step {other} makes it again"
        : step.AsBefore ? $"as it was; step {other} dropped it" : $"step {other} dropped it";

    private IEnumerable<string> Names => plan.Steps.SelectMany(step => step.Hazards).Select(hazard => hazard.Name).Distinct(StringComparer.Ordinal)
        .OrderBy(name => Hazards.All.Select(hazard => hazard.Name).ToList().IndexOf(name)).ThenBy(name => name, StringComparer.Ordinal);

    private string Lost => string.Join("; ", plan.Rollback.Loses.Take(MostLost)) + (plan.Rollback.Loses.Length > MostLost ? $"; and {plan.Rollback.Loses.Length - MostLost} more" : "");

    private static string Duration(int ms) => ms switch
    {
        _ when ms % 3_600_000 == 0 => $"{ms / 3_600_000} h",
        _ when ms % 60_000 == 0 => $"{ms / 60_000} min",
        _ when ms % 1_000 == 0 => $"{ms / 1_000} s",
        _ => $"{ms} ms",
    };
}
