using System.Globalization;
using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes functions and procedures.</summary>
internal static class FunctionSql
{
    // Settings whose value is a list of names, stored as SQL would write it; a constant of the whole would be one name.
    private static readonly string[] Lists =
    [
        "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories",
    ];

    /// <summary>CREATE FUNCTION or PROCEDURE with everything in it.</summary>
    public static string Create(string word, ObjectId id, FunctionFacts facts, bool replace)
    {
        StringBuilder text = new StringBuilder(replace ? "CREATE OR REPLACE " : "CREATE ").Append(word).Append(' ').Append(Identifiers.QuoteQualified(id.Schema!, id.Name));
        text.Append('(').AppendJoin(", ", facts.Arguments.Select(Argument)).Append(')');
        text.Append(facts.Result is null ? "" : $"\n    RETURNS {facts.Result}");
        text.Append("\n    LANGUAGE ").Append(Identifiers.Quote(facts.Language));
        string options = string.Join(' ', Options(facts));
        text.Append(options.Length == 0 ? "" : "\n    " + options);
        foreach (SettingFacts setting in facts.Configuration)
        {
            text.Append("\n    ").Append(Setting(setting));
        }

        return text.Append('\n').Append(Body(facts)).ToString();
    }

    /// <summary>A text in dollar quotes whose tag it does not hold; one with carriage returns with escapes, so that no tool that changes line ends changes it.</summary>
    public static string Quoted(string body)
    {
        if (body.Contains('\r', StringComparison.Ordinal))
        {
            string escaped = body.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
            return $"E'{escaped}'";
        }

        // The text's end and the tag must not make a tag either.
        string tag = "$$";
        for (int i = 0; (body + tag).IndexOf(tag, StringComparison.Ordinal) < body.Length; i++)
        {
            tag = i == 0 ? "$body$" : string.Create(CultureInfo.InvariantCulture, $"$body{i}$");
        }

        return tag + body + tag;
    }

    private static string Argument(ArgumentFacts argument)
    {
        string[] words =
        [
            .. argument.Mode is null ? Array.Empty<string>() : [argument.Mode],
            .. argument.Name is null ? Array.Empty<string>() : [Identifiers.Quote(argument.Name)],
            argument.Type,
            .. argument.Default is null ? Array.Empty<string>() : ["DEFAULT " + argument.Default],
        ];
        return string.Join(' ', words);
    }

    private static IEnumerable<string> Options(FunctionFacts facts)
    {
        (bool Is, string Text)[] options =
        [
            (facts.Transforms.Count > 0, "TRANSFORM " + string.Join(", ", facts.Transforms.Select(type => "FOR TYPE " + type))),
            (facts.Window, "WINDOW"),
            (facts.Volatility is not null, facts.Volatility ?? ""),
            (facts.Strict, "STRICT"),
            (facts.SecurityDefiner, "SECURITY DEFINER"),
            (facts.Leakproof, "LEAKPROOF"),
            (facts.Parallel is not null, "PARALLEL " + facts.Parallel),
            (facts.Cost is not null, "COST " + facts.Cost),
            (facts.Rows is not null, "ROWS " + facts.Rows),
            (facts.Support is not null, "SUPPORT " + facts.Support),
        ];
        return options.Where(option => option.Is).Select(option => option.Text);
    }

    // The name of a setting of one's own has dots in it.
    private static string Setting(SettingFacts setting)
    {
        string value = Lists.Contains(setting.Name) ? string.Join(", ", Names(setting.Value).Select(Identifiers.QuoteLiteral)) : Identifiers.QuoteLiteral(setting.Value);
        return $"SET {Identifiers.QuoteQualified(setting.Name.Split('.'))} TO {value}";
    }

    // "$user", public -> $user and public. An empty path is one empty name.
    private static IEnumerable<string> Names(string list)
    {
        StringBuilder name = new();
        bool quoted = false;
        for (int i = 0; i < list.Length; i++)
        {
            if (list[i] == '"' && quoted && i + 1 < list.Length && list[i + 1] == '"')
            {
                name.Append(list[i++]);
            }
            else if (list[i] == '"')
            {
                quoted = !quoted;
            }
            else if (list[i] == ',' && !quoted)
            {
                yield return name.ToString();
                name.Clear();
            }
            else if (quoted || list[i] != ' ')
            {
                name.Append(list[i]);
            }
        }

        yield return name.ToString();
    }

    private static string Body(FunctionFacts facts)
    {
        if (facts.SqlBody is not null)
        {
            return facts.SqlBody;
        }

        return facts.Library is not null
            ? $"AS {Identifiers.QuoteLiteral(facts.Library)}, {Identifiers.QuoteLiteral(facts.Symbol ?? "")}"
            : "AS " + Quoted(facts.Body ?? "");
    }
}
