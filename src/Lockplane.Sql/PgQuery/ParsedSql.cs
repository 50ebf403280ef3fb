using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Lockplane.Sql.PgQuery;

/// <summary>A syntax tree that is kept, or the error. Who only reads a tree once uses <see cref="PgQueryParser.Parse{T}"/>, which copies nothing.</summary>
/// <param name="Tree">libpg_query's JSON, UTF-8: <c>{"version":180004,"stmts":[{"stmt":{"SelectStmt":{...}},"stmt_location":n,"stmt_len":n}]}</c>. Empty when there is an error.</param>
/// <param name="Error">Null when there is a tree.</param>
public sealed record ParsedSql(ReadOnlyMemory<byte> Tree, SqlSyntaxError? Error)
{
    /// <summary>True when there is a tree.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;

    /// <summary>The tree as a document over the same bytes; the caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">There is no tree.</exception>
    public JsonDocument OpenTree() => Succeeded
        ? JsonDocument.Parse(Tree, new JsonDocumentOptions { MaxDepth = int.MaxValue })
        : throw new InvalidOperationException("The text has no syntax tree: " + Error.Message);
}
