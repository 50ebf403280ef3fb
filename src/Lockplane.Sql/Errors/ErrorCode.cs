namespace Lockplane.Sql.Errors;

/// <summary>One of Lockplane's own error codes: what every door answers with where Postgres has no code that fits.</summary>
/// <param name="Code">Five characters, sent as SQLSTATE at the gateway and printed by the CLI.</param>
/// <param name="Name">A fixed word for machines, one for each code; MCP answers carry it.</param>
/// <param name="Meaning">What happened, in one sentence.</param>
/// <param name="Remedy">What the person who meets it can do.</param>
/// <param name="ExitCode">The CLI's exit code: 1 error, 3 refused or approval needed.</param>
public sealed record ErrorCode(string Code, string Name, string Meaning, string Remedy, int ExitCode = 1)
{
    /// <inheritdoc/>
    public override string ToString() => Code;
}
