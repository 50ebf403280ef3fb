namespace Lockplane.Gateway;

/// <summary>Where schema changes that arrive at the gateway go: the control plane's corridor.</summary>
public interface IDdlGate
{
    /// <summary>Makes (or finds) the plan for a client's statement. Never throws for a statement that cannot be planned: the answer says why.</summary>
    Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation);
}

/// <summary>A schema change that a client sent.</summary>
/// <param name="Database">The database of the session, as the server knows it.</param>
/// <param name="LoginRole">The role of the session.</param>
/// <param name="SearchPath">The session's search_path where the client gave one at start-up; null means the database's default.</param>
/// <param name="Sql">The client's own text, valid UTF-8, verbatim.</param>
public sealed record DdlRequest(string Database, string LoginRole, string? SearchPath, string Sql);

/// <summary>What became of it: a plan's whole hash, or the reason why there is none.</summary>
public sealed record DdlAnswer(string? PlanHash, string? Reason);
