using System.Collections.Immutable;

namespace Lockplane.Sql.Statements;

/// <summary>Turns nodes into facts, statement by statement.</summary>
internal sealed class FactCollector(int textLength)
{
    private const string Constant = "constant";
    private const string OneCall = "oneCall";
    private const string Columns = "columns";
    private const string Body = "body";
    private const string Language = "language";

    private readonly ImmutableArray<Statement>.Builder _statements = ImmutableArray.CreateBuilder<Statement>();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<NodeFact> _nodes = [];
    private readonly List<CallFact> _calls = [];
    private readonly List<AttributeFact> _attributes = [];
    private readonly HashSet<(string? Qualifier, string Name)> _seenAttributes = [];
    private readonly List<RangeFunctionFact> _rangeFunctions = [];
    private readonly NamedFacts _named = new();
    private readonly List<BodyFact> _bodies = [];
    private readonly List<SettingFact> _settings = [];
    private readonly List<RelationFact> _relations = [];
    private readonly List<CopyFact> _copies = [];
    private readonly List<TransactionFact> _transactions = [];
    private string? _kind;
    private string? _tag;

    /// <summary>The last location that was read: stands in for nodes that have none.</summary>
    public int LastLocation { get; set; }

    public ImmutableArray<Statement> Statements() => _statements.ToImmutable();

    /// <summary>A node starts.</summary>
    public void Enter(TreeFrame frame, TreeFrame? parent)
    {
        if (frame.Type is "ParseResult" or "RawStmt")
        {
            return;
        }

        if (parent is { Type: "RawStmt" })
        {
            _kind = frame.Type;
        }

        if (_seen.Add(frame.Type))
        {
            _nodes.Add(new(frame.Type, LastLocation));
        }
    }

    /// <summary>A bare object without fields: a null element of a list (DISTINCT has one), or a constant with C's zero value.</summary>
    public static void Empty(TreeFrame? parent)
    {
        if (parent is { Type: "A_Const" })
        {
            parent.SetText(Constant, parent.Field switch { "ival" => "0", "boolval" => "false", _ => "" });
        }
    }

    /// <summary>A node is complete.</summary>
    public void Leave(TreeFrame frame, TreeFrame? parent)
    {
        _tag = parent is { Type: "RawStmt" } ? CommandTags.Of(frame, _seen.Contains("IntoClause")) : _tag;
        switch (frame.Type)
        {
            case "RawStmt":
                EndStatement(frame);
                return;
            case "String":
                parent?.Names.Add((parent.Field, frame.Text("sval") ?? ""));
                break;
            case "Integer" or "Float" or "Boolean" or "BitString":
                parent?.SetText(Constant, frame.Text("ival") ?? frame.Text("fval") ?? frame.Text("boolval") ?? frame.Text("bsval") ?? "");
                break;
            case "A_Star":
                parent?.Names.Add((parent.Field, "*"));
                break;
            case "FuncCall":
                AddCall(frame, "funcname", CallForm.Call);
                if (parent is { Type: "List" } && parent.Text(OneCall) is null)
                {
                    parent.SetText(OneCall, _calls[^1].Name);
                }

                break;
            case "RangeTableSample":
                AddCall(frame, "method", CallForm.TableSample);
                break;
            case "ColumnRef":
                if (frame.QualifiedName("fields") is ({ } qualifier, not "*" and var last))
                {
                    AddAttribute(qualifier, last, Place(frame));
                }

                break;
            case "A_Indirection":
                AddFields(frame);
                break;
            case "A_Expr" or "SubLink" or "SortBy" or "CaseExpr" or "JoinExpr" or "TypeName":
                _named.Add(frame, Place(frame));
                break;
            case "VariableSetStmt":
                AddSetting(frame);
                break;
            case "RangeVar":
                AddRelation(frame, parent);
                break;
            case "CopyStmt":
                AddCopy(frame);
                break;
            case "DefElem":
                MoveOption(frame, parent);
                break;
            case "DoStmt" or "CreateFunctionStmt":
                AddBody(frame);
                break;
            case "TransactionStmt":
                _transactions.Add(new(frame.Text("kind") ?? ""));
                break;
            default:
                AddGrammar(frame);
                LeaveInFrom(frame, parent);
                break;
        }

        if (parent is { Field: "args" })
        {
            parent.Arguments.Add(ConstantText(frame));
        }
    }

    /// <summary>What makes up a function in FROM: its alias, its columns, and the one call in it.</summary>
    private void LeaveInFrom(TreeFrame frame, TreeFrame? parent)
    {
        switch (frame.Type)
        {
            case "RangeFunction":
                AddRangeFunction(frame);
                break;
            case "Alias":
                if (parent is { Type: "RangeFunction" })
                {
                    MoveAlias(frame, parent);
                }

                break;
            case "ColumnDef":
                if (frame.Text("colname") is { } defined)
                {
                    parent?.Names.Add((Columns, defined));
                }

                break;
            case "List" when parent is { Type: "DefElem" }:
                // A function's body is a list: of one text, or in C of library and symbol.
                parent.SetText(Body, frame.Names.Count > 0 ? frame.Names[0].Value : "");
                break;
            case "List":
                // RangeFunction holds each function as a list: the call and its column definitions.
                if (parent is { Type: "RangeFunction" })
                {
                    parent.SetText(OneCall, parent.Text(OneCall) is null ? frame.Text(OneCall) ?? "" : "");
                }

                break;
            default:
                break;
        }
    }

    private int Place(TreeFrame frame) => frame.Location >= 0 ? frame.Location : LastLocation;

    private void AddCall(TreeFrame frame, string field, CallForm form)
    {
        // A call without a name cannot be judged; an empty name is on no list.
        (string? schema, string? name) = frame.QualifiedName(field) ?? (null, "");
        _calls.Add(new(schema, name, [.. frame.Arguments], form, Place(frame)));
    }

    /// <summary>The alias of a function in FROM, with the columns that it names.</summary>
    private static void MoveAlias(TreeFrame alias, TreeFrame function)
    {
        function.SetText("alias", alias.Text("aliasname") ?? "");
        foreach ((string field, string name) in alias.Names)
        {
            if (field == "colnames")
            {
                function.Names.Add((Columns, name));
            }
        }
    }

    private void AddRangeFunction(TreeFrame frame)
    {
        IEnumerable<string> columns = frame.Names.Where(name => name.Field == Columns).Select(name => name.Value);
        _rangeFunctions.Add(new(frame.Text("alias"), frame.Text(OneCall) is { Length: > 0 } function ? function : null, [.. columns]));
    }

    private void AddGrammar(TreeFrame frame)
    {
        if (GrammarNames.Of(frame.Type, frame.Text("op")) is { } name)
        {
            _calls.Add(new(null, name, [], CallForm.Grammar, Place(frame)));
        }
    }

    private void AddAttribute(string? qualifier, string name, int place)
    {
        if (_seenAttributes.Add((qualifier, name)))
        {
            _attributes.Add(new(qualifier, name, place));
        }
    }

    /// <summary>The fields that are taken of an expression: <c>(x).name</c>.</summary>
    private void AddFields(TreeFrame frame)
    {
        foreach ((string field, string name) in frame.Names)
        {
            if (field == "indirection" && name != "*")
            {
                AddAttribute(null, name, LastLocation);
            }
        }
    }

    /// <summary>Options AS and LANGUAGE of DO and CREATE FUNCTION.</summary>
    private static void MoveOption(TreeFrame option, TreeFrame? parent)
    {
        if (parent is not { Type: "DoStmt" or "CreateFunctionStmt" })
        {
            return;
        }

        string? value = option.Text(Body) ?? option.QualifiedName("arg")?.Name;
        switch (option.Text("defname"))
        {
            case "as":
                // Two strings with a comment and a line end between them are one to Postgres and two to the parser, and DO takes two: then neither is what runs.
                if (parent.Text(Body) is not null)
                {
                    throw new InvalidDataException("it has two bodies, or one of several strings with comments between them.");
                }

                parent.SetText(Body, value ?? "");
                parent.BodyLocation = option.Location;
                break;
            case "language":
                parent.SetText(Language, value ?? "");
                break;
            default:
                break;
        }
    }

    private void AddBody(TreeFrame frame)
    {
        if (frame.Text(Body) is { } text)
        {
            _bodies.Add(new(frame.Text(Language), text, frame.BodyLocation));
        }
    }

    private void AddSetting(TreeFrame frame)
    {
        SettingAction action = frame.Text("kind") switch
        {
            "VAR_SET_VALUE" => SettingAction.Set,
            "VAR_SET_DEFAULT" => SettingAction.SetDefault,
            "VAR_SET_CURRENT" => SettingAction.SetFromCurrent,
            "VAR_SET_MULTI" => SettingAction.SetTransaction,
            "VAR_RESET" => SettingAction.Reset,
            "VAR_RESET_ALL" => SettingAction.ResetAll,
            var other => throw new InvalidDataException($"The parser's tree has a kind of SET that is not known: {other}."),
        };
        _settings.Add(new(action, frame.Text("name") ?? "", [.. frame.Arguments], frame.Flag("is_local"), Place(frame)));
    }

    private void AddRelation(TreeFrame frame, TreeFrame? parent)
    {
        bool write = parent is { Field: "relation", Type: "InsertStmt" or "UpdateStmt" or "DeleteStmt" or "MergeStmt" };
        if (parent is { Type: "CopyStmt" })
        {
            parent.RelationIndex = _relations.Count;
        }

        _relations.Add(new(frame.Text("schemaname"), frame.Text("relname") ?? "", write ? RelationAccess.Write : RelationAccess.Read, Place(frame)));
    }

    private void AddCopy(TreeFrame frame)
    {
        bool isFrom = frame.Flag("is_from");
        if (isFrom && frame.RelationIndex >= 0)
        {
            _relations[frame.RelationIndex] = _relations[frame.RelationIndex] with { Access = RelationAccess.Write };
        }

        CopyTarget target = frame.Flag("is_program") ? CopyTarget.Program : frame.Text("filename") is null ? CopyTarget.Client : CopyTarget.File;
        _copies.Add(new(isFrom, target));
    }

    /// <summary>The text of a plain constant; null for all else, also for NULL.</summary>
    private static string? ConstantText(TreeFrame frame)
    {
        if (frame.Type != "A_Const")
        {
            return null;
        }

        return frame.QualifiedName("sval")?.Name ?? frame.Text(Constant);
    }

    private void EndStatement(TreeFrame frame)
    {
        int length = frame.Length > 0 ? frame.Length : textLength - frame.Location;
        _statements.Add(new Statement(_kind ?? "", frame.Location, length)
        {
            Nodes = [.. _nodes],
            Calls = [.. _calls],
            Attributes = [.. _attributes],
            RangeFunctions = [.. _rangeFunctions],
            Operators = _named.Operators(),
            Types = _named.Types(),
            Bodies = [.. _bodies],
            Settings = [.. _settings],
            Relations = [.. _relations],
            Copies = [.. _copies],
            Transactions = [.. _transactions],
            CommandTag = _tag,
        });
        _kind = _tag = null;
        _seen.Clear();
        _nodes.Clear();
        _calls.Clear();
        _attributes.Clear();
        _seenAttributes.Clear();
        _rangeFunctions.Clear();
        _named.Clear();
        _bodies.Clear();
        _settings.Clear();
        _relations.Clear();
        _copies.Clear();
        _transactions.Clear();
    }
}
