using System.Collections.Immutable;
using System.Globalization;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Sql.Statements;

/// <summary>Reads the statements of a text, with their facts. Thread-safe.</summary>
public sealed class StatementReader(PgQueryParser parser)
{
    /// <summary>The statements in order (none for an empty text), or why it does not parse.</summary>
    /// <exception cref="InvalidDataException">The tree has a shape that is not known: nothing may be concluded from it.</exception>
    public ParseOutcome<ImmutableArray<Statement>> Read(ReadOnlySpan<byte> utf8)
    {
        int length = utf8.Length;
        ParseOutcome<ImmutableArray<Statement>> outcome = parser.Parse(utf8, json => TreeWalker.Read(json, length));
        return outcome.Succeeded && outcome.Value.IsDefault
            ? new(default, new("54000", string.Create(CultureInfo.InvariantCulture, $"statement is too large: its syntax tree has more than {TreeWalker.MostNodes} nodes"), 0))
            : outcome;
    }
}
