using System.Collections.Frozen;
using System.Text.Json;

namespace Lockplane.Sql.Plpgsql;

/// <summary>How the text of an expression is read: Postgres's RawParseMode.</summary>
internal enum PlpgsqlForm
{
    /// <summary>A statement.</summary>
    Statement = 0,

    /// <summary>What follows the word SELECT.</summary>
    Expression = 2,

    /// <summary><c>a := expression</c>; 4 and 5 where the variable's name has two and three parts.</summary>
    Assignment = 3,
}

/// <summary>A text of SQL in a body.</summary>
/// <param name="IsRun">Whether its value is run as SQL: EXECUTE.</param>
internal readonly record struct PlpgsqlText(string Sql, PlpgsqlForm Form, bool IsRun);

/// <summary>A body's JSON as the parser writes it: the texts in it, and the variables whose declaration it leaves out in part.</summary>
/// <remarks>Node types are an allow-list: what is not known is not read.</remarks>
internal sealed class PlpgsqlNodes
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(StringComparer.Ordinal,
        "PLpgSQL_function", "PLpgSQL_var", "PLpgSQL_rec", "PLpgSQL_row", "PLpgSQL_recfield", "PLpgSQL_type", "PLpgSQL_alias", "PLpgSQL_expr",
        "PLpgSQL_stmt_block", "PLpgSQL_exception_block", "PLpgSQL_exception", "PLpgSQL_condition",
        "PLpgSQL_stmt_assign", "PLpgSQL_stmt_if", "PLpgSQL_if_elsif", "PLpgSQL_stmt_case", "PLpgSQL_case_when", "PLpgSQL_stmt_loop", "PLpgSQL_stmt_while", "PLpgSQL_stmt_fori", "PLpgSQL_stmt_fors",
        "PLpgSQL_stmt_forc", "PLpgSQL_stmt_foreach_a", "PLpgSQL_stmt_exit", "PLpgSQL_stmt_return", "PLpgSQL_stmt_return_next", "PLpgSQL_stmt_return_query", "PLpgSQL_stmt_raise", "PLpgSQL_raise_option",
        "PLpgSQL_stmt_assert", "PLpgSQL_stmt_execsql", "PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "PLpgSQL_stmt_getdiag", "PLpgSQL_diag_item", "PLpgSQL_stmt_open", "PLpgSQL_stmt_fetch",
        "PLpgSQL_stmt_close", "PLpgSQL_stmt_perform", "PLpgSQL_stmt_call", "PLpgSQL_stmt_commit", "PLpgSQL_stmt_rollback");

    private readonly List<string> _ofLoops = [];

    /// <summary>Every text of SQL.</summary>
    public List<PlpgsqlText> Texts { get; } = [];

    /// <summary>The names of declared variables of a type that the parser does not know, each as often as it is declared: it leaves out what they are initialised with.</summary>
    public List<string> Records { get; } = [];

    /// <summary>The names of all declared variables, those and others, each as often as it is declared; parameters of cursors among them.</summary>
    public List<string> Declared { get; } = [];

    /// <summary>Why it cannot be read: the parser's words, or a node type that is not known.</summary>
    public string? Fault { get; private set; }

    public static PlpgsqlNodes Read(ReadOnlySpan<byte> json)
    {
        PlpgsqlNodes nodes = new();
        if (!json.StartsWith("{\"plpgsql_funcs\":"u8))
        {
            nodes.Fault = System.Text.Encoding.UTF8.GetString(json[..Math.Min(json.Length, 300)]);
            return nodes;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = 1024 });
            JsonElement functions = document.RootElement.GetProperty("plpgsql_funcs");
            if (functions.GetArrayLength() != 1)
            {
                nodes.Fault = "it is not one function";
                return nodes;
            }

            nodes.Walk(functions[0]);
            foreach (string name in nodes._ofLoops)
            {
                nodes.Records.Remove(name);
                nodes.Declared.Remove(name);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            nodes.Fault = "the parser's answer cannot be read";
        }

        return nodes;
    }

    /// <summary>No deeper than the document, which is bounded.</summary>
    private void Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    Walk(property);
                }

                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Walk(item);
                }

                break;
            default:
                break;
        }
    }

    private void Walk(JsonProperty property)
    {
        JsonElement value = property.Value;
        if (property.Name[0] is >= 'A' and <= 'Z' && !Known.Contains(property.Name))
        {
            Fault ??= $"it holds {property.Name}, which is not known";
        }
        else if (property.Name == "PLpgSQL_expr")
        {
            Add(value, isRun: false);
        }
        else if (property.Name is "PLpgSQL_stmt_dynexecute" or "PLpgSQL_stmt_dynfors")
        {
            WalkRunning(value, "query");
        }
        else if (property.Name is "PLpgSQL_stmt_open" or "PLpgSQL_stmt_return_query")
        {
            WalkRunning(value, "dynquery");
        }
        else
        {
            // A loop over a cursor makes its own row, one over numbers its own variable.
            if (property.Name is "PLpgSQL_stmt_forc" or "PLpgSQL_stmt_fori")
            {
                _ofLoops.Add(value.GetProperty("var").GetProperty(property.Name == "PLpgSQL_stmt_forc" ? "PLpgSQL_rec" : "PLpgSQL_var").GetProperty("refname").GetString()!);
            }

            // The line says that it is declared: parameters and a trigger's rows have none. Where a statement names it, it is not declared again.
            if (property.Name == "datums")
            {
                AddDeclared(value);
            }

            Walk(value);
        }
    }

    /// <summary>A statement that runs the value of one of its expressions.</summary>
    private void WalkRunning(JsonElement statement, string field)
    {
        foreach (JsonProperty property in statement.EnumerateObject())
        {
            if (property.Name == field)
            {
                Add(property.Value.GetProperty("PLpgSQL_expr"), isRun: true);
            }
            else
            {
                Walk(property);
            }
        }
    }

    private void AddDeclared(JsonElement datums)
    {
        foreach (JsonElement datum in datums.EnumerateArray())
        {
            foreach (JsonProperty variable in datum.EnumerateObject())
            {
                if (variable.Name is "PLpgSQL_var" or "PLpgSQL_rec" or "PLpgSQL_row" && variable.Value.TryGetProperty("lineno", out _))
                {
                    string name = variable.Value.GetProperty("refname").GetString()!;
                    Declared.Add(name);
                    if (variable.Name == "PLpgSQL_rec")
                    {
                        Records.Add(name);
                    }
                }
            }
        }
    }

    private void Add(JsonElement expression, bool isRun)
    {
        // A field whose value is C's zero is left out.
        int mode = expression.TryGetProperty("parseMode", out JsonElement written) ? written.GetInt32() : 0;
        if (mode is < 0 or 1 or > 5 || !expression.TryGetProperty("query", out JsonElement query))
        {
            Fault ??= "it holds an expression that is not known";
            return;
        }

        Texts.Add(new(query.GetString()!, mode == 0 ? PlpgsqlForm.Statement : mode == 2 ? PlpgsqlForm.Expression : PlpgsqlForm.Assignment, isRun));
    }
}
