using Lockplane.Control.Plans;
using Lockplane.Control.Shadows;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>How a plan is printed.</summary>
internal enum PlanFormat
{
    /// <summary>For people at a terminal.</summary>
    Text,

    /// <summary>For a pull request.</summary>
    Markdown,

    /// <summary>For programs.</summary>
    Json,
}

/// <summary>A plan that is printed, with what is known of it.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Assessment">What a shadow showed; null when it was run on none, or when a file does not say.</param>
/// <param name="Reference">How the next verb names it: the hash of a stored plan, or a file. Null when it is kept nowhere.</param>
/// <param name="Stored">What the database knows of it; null when it is not stored.</param>
internal sealed record ShownPlan(Plan Plan, Assessment? Assessment, string? Reference, StoredPlan? Stored)
{
    public static ShownPlan Of(StoredPlan stored) => new(stored.Plan, stored.Assessment, stored.Plan.PlanHash.Text, stored);

    /// <summary>The commands that come next.</summary>
    public IReadOnlyList<string> Next => Plan.Steps.IsEmpty || Reference is null ? [] : Plan.NeedsApproval ? [$"lockplane approve {Reference}", $"lockplane apply {Reference}"] : [$"lockplane apply {Reference}"];

    /// <summary>Whether a shadow ran it, in a sentence; what the server says of itself is printed as told.</summary>
    public string Validation(Func<string, string> print) => Assessment is null
        ? "Not validated on a shadow here; apply does that first."
        : $"Validated on a shadow of Postgres {print(Assessment.ServerVersion)}: {PrintableText.Count(Plan.Steps.Length, "step", "steps")}{(Assessment.RollbackHash is null ? "" : " and back")}.";
}
