using System.Collections.Immutable;

namespace Lockplane.Control.Execution;

/// <summary>What an apply did.</summary>
/// <param name="OperationId">The operation; a repeat of it gives the same.</param>
/// <param name="Seq">The ledger entry.</param>
/// <param name="EntryHash">Its hash.</param>
/// <param name="PlanHash">The plan.</param>
/// <param name="ToHash">The catalog now.</param>
/// <param name="Steps">How many statements were run.</param>
/// <param name="Replayed">True when the plan was the last thing applied and nothing was done this time.</param>
/// <param name="Drift">What somebody else changed between our last look and the commit: lines as `diff` prints; empty as a rule.</param>
public sealed record ApplyResult(
    string OperationId, long Seq, string EntryHash, string PlanHash, string ToHash, int Steps, bool Replayed, ImmutableArray<string> Drift);
