using System.Collections.Immutable;

namespace Lockplane.Sql.Statements;

/// <summary>
/// One top-level statement of a text and everything in it that a rule may ask for. Statements inside it (of EXPLAIN, PREPARE, DECLARE CURSOR, COPY, WITH, CREATE VIEW ...) are
/// part of its facts; code that stands in strings (function bodies, DO) is one of its facts as a text.
/// </summary>
/// <param name="Kind">Postgres's node type, such as <c>SelectStmt</c>.</param>
/// <param name="Offset">Where its own bytes start in the text: at its first token.</param>
/// <param name="Length">How many bytes it has, without the semicolon; comments inside and at its end are part of it.</param>
public sealed record Statement(string Kind, int Offset, int Length)
{
    /// <summary>Every node type in it, each once, in order of appearance.</summary>
    public required ImmutableArray<NodeFact> Nodes { get; init; }

    /// <summary>Every function that is called.</summary>
    public required ImmutableArray<CallFact> Calls { get; init; }

    /// <summary>Every name that could turn out to be a function call in attribute notation, each once.</summary>
    public required ImmutableArray<AttributeFact> Attributes { get; init; }

    /// <summary>Functions in FROM.</summary>
    public required ImmutableArray<RangeFunctionFact> RangeFunctions { get; init; }

    /// <summary>Operators.</summary>
    public required ImmutableArray<OperatorFact> Operators { get; init; }

    /// <summary>Types named.</summary>
    public required ImmutableArray<TypeFact> Types { get; init; }

    /// <summary>Bodies of DO and of functions.</summary>
    public required ImmutableArray<BodyFact> Bodies { get; init; }

    /// <summary>Settings written by SET and RESET; <c>set_config</c> is a call.</summary>
    public required ImmutableArray<SettingFact> Settings { get; init; }

    /// <summary>Relations named.</summary>
    public required ImmutableArray<RelationFact> Relations { get; init; }

    /// <summary>COPY commands.</summary>
    public required ImmutableArray<CopyFact> Copies { get; init; }

    /// <summary>Transaction commands.</summary>
    public required ImmutableArray<TransactionFact> Transactions { get; init; }

    /// <summary>The tag of its CommandComplete where it changes the schema by itself; null where it does not, or only what it holds does (EXPLAIN ANALYZE, PREPARE).</summary>
    public string? CommandTag { get; init; }

    /// <summary>The node as such; null when the type is not in it.</summary>
    public NodeFact? Node(string type)
    {
        foreach (NodeFact node in Nodes)
        {
            if (node.Type == type)
            {
                return node;
            }
        }

        return null;
    }

    /// <summary>Its own bytes, cut out of the text that it was read from.</summary>
    public ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> utf8) => utf8.Slice(Offset, Length);
}
