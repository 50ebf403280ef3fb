using Lockplane.Control.Shadows;
using Lockplane.Schema.Plans;

namespace Lockplane.Control.Plans;

/// <summary>A plan in the target's schema <c>lockplane</c>: it was validated, or it would not be there.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Proposer">Who made it first.</param>
/// <param name="Door">Through which door: cli, mcp or gateway.</param>
/// <param name="CreatedAt">When, by the server's clock.</param>
/// <param name="Assessment">What the shadow showed.</param>
/// <param name="AppliedSeq">The ledger entry that applied it last; null while nobody has.</param>
/// <param name="RollbackOf">The ledger entry that it undoes; null for a plan of its own.</param>
public sealed record StoredPlan(Plan Plan, string Proposer, string Door, DateTime CreatedAt, Assessment Assessment, long? AppliedSeq, long? RollbackOf);
