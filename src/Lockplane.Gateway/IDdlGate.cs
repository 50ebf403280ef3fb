using Lockplane.Gateway.Statements;

namespace Lockplane.Gateway;

/// <summary>Where schema changes that arrive at the gateway go: the control plane's corridor.</summary>
public interface IDdlGate
{
    /// <summary>Makes (or finds) the plan for a client's statement. Never throws for a statement that cannot be planned: the answer says why.</summary>
    /// <param name="request">The statement and whose it is.</param>
    /// <param name="cancellation">Gives up the waiting, with <see cref="OperationCanceledException"/>; the plan is made all the same.</param>
    Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation);

    /// <summary>Plans, validates and applies a client's statement, under the same policy as at every door. Never throws for a statement that is refused: the outcome says why.</summary>
    /// <param name="request">The statement and whose it is.</param>
    /// <param name="cancellation">Rolls back what has not been committed, with <see cref="OperationCanceledException"/>; once the commit has begun, its outcome is told.</param>
    Task<DdlOutcome> ApplyAsync(DdlRequest request, CancellationToken cancellation);
}

/// <summary>A schema change that a client sent.</summary>
/// <param name="Database">The database of the session, as the server knows it.</param>
/// <param name="LoginRole">The role of the session.</param>
/// <param name="SearchPath">The session's search_path where the client gave one at start-up; null means the default of the role or the database, else <c>public</c>.</param>
/// <param name="Sql">The client's own text, valid UTF-8, verbatim.</param>
public sealed record DdlRequest(string Database, string LoginRole, string? SearchPath, string Sql);

/// <summary>What became of it: a plan's whole hash, or the reason why there is none.</summary>
public sealed record DdlAnswer(string? PlanHash, string? Reason);

/// <summary>What became of a change that was to be applied: one of the two is given.</summary>
/// <param name="Applied">It is in the database, and in the ledger.</param>
/// <param name="Refusal">The database is as it was; LP506 apart, which says that nobody knows.</param>
public sealed record DdlOutcome(AppliedChange? Applied, Refusal? Refusal);

/// <summary>A change that was applied.</summary>
/// <param name="PlanHash">The plan.</param>
/// <param name="Seq">The ledger entry; null when there was nothing to do.</param>
/// <param name="EntryHash">Its hash; null when there was nothing to do.</param>
/// <param name="Replayed">The same statement was the last that was applied, and it was not run again.</param>
/// <param name="Warning">What the client should know though it succeeded; null for nothing.</param>
public sealed record AppliedChange(string PlanHash, long? Seq, string? EntryHash, bool Replayed = false, string? Warning = null);
