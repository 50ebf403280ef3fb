using System.Collections.Immutable;

namespace Lockplane.Sql.Statements;

/// <summary>Operators and types of a statement, each name once: an IN list of ten thousand casts is two facts.</summary>
internal sealed class NamedFacts
{
    // What a syntax uses without naming it. Where it only may (EXISTS, a join by ON), it is taken to.
    private static readonly string[] Equality = ["="];
    private static readonly string[] Order = ["<", "<=", ">", ">="];

    private readonly HashSet<(string? Schema, string Name)> _seenOperators = [];
    private readonly HashSet<(string? Schema, string Name)> _seenTypes = [];
    private readonly List<OperatorFact> _operators = [];
    private readonly List<TypeFact> _types = [];

    public ImmutableArray<OperatorFact> Operators() => [.. _operators];

    public ImmutableArray<TypeFact> Types() => [.. _types];

    public void Clear()
    {
        _seenOperators.Clear();
        _seenTypes.Clear();
        _operators.Clear();
        _types.Clear();
    }

    /// <summary>Takes what a complete node names.</summary>
    public void Add(TreeFrame frame, int place)
    {
        switch (frame.Type)
        {
            case "TypeName":
                AddType(frame, place);
                break;
            case "A_Expr":
                AddExpression(frame, place);
                break;
            case "SubLink":
                AddWritten(frame, "operName", place);

                // x IN (SELECT ...), which names no operator. Others compare nothing.
                if (frame.Text("subLinkType") is not ("EXISTS_SUBLINK" or "EXPR_SUBLINK" or "ARRAY_SUBLINK"))
                {
                    AddImplied(Equality, place);
                }

                break;
            case "SortBy":
                AddWritten(frame, "useOp", place);
                break;
            default:
                AddImplied(Equality, place);
                break;
        }
    }

    private void AddExpression(TreeFrame frame, int place)
    {
        if (frame.Text("kind") is { } kind && kind.Contains("BETWEEN", StringComparison.Ordinal))
        {
            AddImplied(Order, place);
        }
        else
        {
            AddWritten(frame, "name", place);
        }
    }

    private void AddWritten(TreeFrame frame, string field, int place)
    {
        if (frame.QualifiedName(field) is var (schema, name) && _seenOperators.Add((schema, name)))
        {
            _operators.Add(new(schema, name, place));
        }
    }

    private void AddImplied(string[] names, int place)
    {
        foreach (string name in names)
        {
            if (_seenOperators.Add((null, name)))
            {
                _operators.Add(new(null, name, place));
            }
        }
    }

    private void AddType(TreeFrame frame, int place)
    {
        if (frame.QualifiedName("names") is var (schema, name) && _seenTypes.Add((schema, name)))
        {
            _types.Add(new(schema, name, place));
        }
    }
}
