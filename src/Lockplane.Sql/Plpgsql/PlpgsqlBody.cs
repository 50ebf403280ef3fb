using System.Collections.Immutable;
using Lockplane.Sql.Statements;

namespace Lockplane.Sql.Plpgsql;

/// <summary>All SQL that a PL/pgSQL body can run.</summary>
/// <param name="Statements">Its statements, and its expressions each as the SELECT that Postgres makes of it. Offsets count within each of them, not in the body.</param>
/// <param name="Built">The expressions whose value is run as SQL and is not a constant: <c>EXECUTE 'SELECT ' || x</c>. A constant's statements are among <paramref name="Statements"/>.</param>
/// <param name="Fault">Why the body cannot be read; null when it was, and nothing else counts when it was not.</param>
public sealed record PlpgsqlBody(ImmutableArray<Statement> Statements, ImmutableArray<string> Built, string? Fault)
{
    /// <summary>Whether the fault is the body's own: false where the parser had too little time or memory, and the body may be read the next time.</summary>
    public bool IsLasting { get; init; } = true;

    internal static PlpgsqlBody Unreadable(string fault, bool isLasting = true) => new([], [], fault) { IsLasting = isLasting };
}
