using System.Globalization;
using Lockplane.Sql.Errors;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Lockplane.Hosting.Configuration;

/// <summary>A value and where it was written.</summary>
/// <param name="Value">A string, long, bool, double, <see cref="ConfigurationTable"/>, or a list of <see cref="ConfigurationValue"/>.</param>
/// <param name="Where">For messages: <c>lockplane.toml, line 3</c> or <c>environment variable X</c>.</param>
/// <param name="IsText">True where only text can be written (environment, flags): numbers and lists are then read from the text.</param>
internal sealed record ConfigurationValue(object Value, string Where, bool IsText = false);

/// <summary>Keys and values of one table, in the order written.</summary>
internal sealed class ConfigurationTable
{
    private readonly OrderedDictionary<string, ConfigurationValue> _values = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, ConfigurationValue>> Values => _values;

    public ConfigurationValue? Find(string key) => _values.GetValueOrDefault(key);

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="LockplaneException">LP001 with file and line.</exception>
    public static ConfigurationTable Parse(string text, string file)
    {
        DocumentSyntax document = SyntaxParser.Parse(text, file, validate: true);
        if (document.HasErrors)
        {
            DiagnosticMessage first = document.Diagnostics[0];
            throw new LockplaneException(ErrorCodes.Configuration, $"{file}, line {first.Span.Start.Line + 1}: {first.Message}");
        }

        ConfigurationTable root = new();
        foreach (KeyValueSyntax pair in document.KeyValues)
        {
            root.Add(pair, file);
        }

        foreach (TableSyntaxBase syntax in document.Tables)
        {
            string where = Place(syntax, file);
            List<string> path = Parts(syntax.Name!);
            ConfigurationTable table = syntax is TableArraySyntax ? root.AppendTable(path, where) : root.Descend(path, where);
            foreach (KeyValueSyntax pair in syntax.Items)
            {
                table.Add(pair, file);
            }
        }

        return root;
    }

    /// <summary>Sets a value by the path of its key, over what the file says. A number in the path is an item of a list: <c>auth, 0, method</c>.</summary>
    public void Override(IReadOnlyList<string> path, string text, string where)
    {
        ConfigurationTable table = this;
        for (int i = 0; i < path.Count - 1; i++)
        {
            if (i + 2 < path.Count && int.TryParse(path[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            {
                if (table.Find(path[i])?.Value is not List<ConfigurationValue> list || index >= list.Count || list[index].Value is not ConfigurationTable item)
                {
                    throw new LockplaneException(ErrorCodes.Configuration, $"{where}: there is no item {index} of [[{path[i]}]] in the file to change.");
                }

                (table, i) = (item, i + 1);
            }
            else
            {
                table = table.Descend([path[i]], where);
            }
        }

        table._values[path[^1]] = new ConfigurationValue(text, where, IsText: true);
    }

    private void Add(KeyValueSyntax pair, string file)
    {
        string where = Place(pair, file);
        List<string> path = Parts(pair.Key!);
        Descend(path[..^1], where)._values.Add(path[^1], Convert(pair.Value!, where, file));
    }

    private static ConfigurationValue Convert(ValueSyntax syntax, string where, string file)
    {
        switch (syntax)
        {
            case StringValueSyntax text:
                return new ConfigurationValue(text.Value!, where);
            case IntegerValueSyntax number:
                return new ConfigurationValue(number.Value, where);
            case BooleanValueSyntax boolean:
                return new ConfigurationValue(boolean.Value, where);
            case FloatValueSyntax number:
                return new ConfigurationValue(number.Value, where);
            case ArraySyntax array:
                return new ConfigurationValue(array.Items.Select(item => Convert(item.Value!, Place(item, file), file)).ToList(), where);
            case InlineTableSyntax inline:
                ConfigurationTable table = new();
                foreach (InlineTableItemSyntax item in inline.Items)
                {
                    table.Add(item.KeyValue!, file);
                }

                return new ConfigurationValue(table, where);
            default:
                return new ConfigurationValue(syntax.ToString().Trim(), where);
        }
    }

    private ConfigurationTable Descend(IEnumerable<string> path, string where)
    {
        ConfigurationTable table = this;
        foreach (string part in path)
        {
            if (!table._values.TryGetValue(part, out ConfigurationValue? value))
            {
                value = new ConfigurationValue(new ConfigurationTable(), where);
                table._values.Add(part, value);
            }

            table = value.Value switch
            {
                ConfigurationTable inner => inner,
                List<ConfigurationValue> { Count: > 0 } list when list[^1].Value is ConfigurationTable last => last,
                _ => throw new LockplaneException(ErrorCodes.Configuration, $"{where}: '{part}' is a value ({value.Where}), not a table."),
            };
        }

        return table;
    }

    private ConfigurationTable AppendTable(List<string> path, string where)
    {
        ConfigurationTable parent = Descend(path[..^1], where);
        ConfigurationTable item = new();
        if (!parent._values.TryGetValue(path[^1], out ConfigurationValue? value))
        {
            value = new ConfigurationValue(new List<ConfigurationValue>(), where);
            parent._values.Add(path[^1], value);
        }

        if (value.Value is not List<ConfigurationValue> list)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{where}: '{path[^1]}' is written as [[{path[^1]}]] here and otherwise at {value.Where}.");
        }

        list.Add(new ConfigurationValue(item, where));
        return item;
    }

    private static List<string> Parts(KeySyntax key)
    {
        List<string> parts = [Text(key.Key!)];
        parts.AddRange(key.DotKeys.Select(dotted => Text(dotted.Key!)));
        return parts;
    }

    private static string Text(BareKeyOrStringValueSyntax key) => key switch
    {
        StringValueSyntax text => text.Value!,
        BareKeySyntax bare => bare.Key!.Text!,
        _ => key.ToString().Trim(),
    };

    private static string Place(SyntaxNode node, string file) => string.Create(CultureInfo.InvariantCulture, $"{file}, line {node.Span.Start.Line + 1}");
}
