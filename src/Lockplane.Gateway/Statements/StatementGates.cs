using System.Collections.Concurrent;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Gateway.Statements;

/// <summary>A gate for each profile and database, made at first use: verdicts depend on both. There are as many as profiles that are configured and databases that the server has.</summary>
/// <param name="parser">May be shared.</param>
/// <param name="maxStatementBytes">Longer texts are refused.</param>
/// <param name="facts">What is known of the databases' own functions; null is nothing.</param>
public sealed class StatementGates(PgQueryParser parser, int maxStatementBytes, ICatalogFacts? facts = null) : IStatementGates
{
    private readonly ConcurrentDictionary<(Profile Profile, string Database), StatementGate> _gates = new();

    /// <inheritdoc/>
    public IStatementJudge For(Profile profile, string database) => _gates.GetOrAdd((profile, database), static (key, of) =>
        new StatementGate(of.parser, key.Profile, of.maxStatementBytes, of.facts?.Of(key.Database)), (parser, maxStatementBytes, facts));

    /// <inheritdoc/>
    public void Post(int textBytes, Action judge) => parser.Post(textBytes, judge);
}
