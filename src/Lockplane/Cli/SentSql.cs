using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Cli;

/// <summary>A text that a client sent or would send, and the line where it stands.</summary>
internal sealed record SentText(string Sql, int Line);

/// <summary>Reads what clients send: a script, whose statements psql would send one by one, or a log of a server or of the gateway.</summary>
/// <remarks>
/// Logs are Postgres's in formats <c>stderr</c> (lines with <c>LOG:  statement: ...</c>, <c>LOG:  execute name: ...</c> or <c>STATEMENT:  ...</c>, continued by lines that begin with a tab) and <c>jsonlog</c>, and the
/// gateway's own audit. Spec: "Error Reporting and Logging".
/// </remarks>
internal static partial class SentSql
{
    /// <summary>The texts in order. A script that does not parse is one text.</summary>
    public static ImmutableArray<SentText> Read(string text, StatementReader reader)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        if (lines.Any(line => line.StartsWith('{')) && lines.All(line => line.Length == 0 || line.StartsWith('{')))
        {
            return [.. FromJsonLines(lines)];
        }

        return lines.Any(line => LogLine().IsMatch(line)) ? [.. FromLog(lines)] : FromScript(text, reader);
    }

    private static ImmutableArray<SentText> FromScript(string text, StatementReader reader)
    {
        ParseOutcome<SqlScript> script = SqlScript.Split(reader, text);
        return script.Succeeded ? [.. script.Value.Statements.Select(statement => new SentText(statement.Text, statement.Line))] : [new SentText(text, 1)];
    }

    private static IEnumerable<SentText> FromLog(string[] lines)
    {
        StringBuilder? sql = null;
        int began = 0;
        for (int n = 0; n < lines.Length; n++)
        {
            if (sql is not null && lines[n].StartsWith('\t'))
            {
                sql.Append('\n').Append(lines[n], 1, lines[n].Length - 1);
                continue;
            }

            if (sql is not null)
            {
                yield return new SentText(sql.ToString(), began);
                sql = null;
            }

            if (LogLine().Match(lines[n]) is { Success: true } match && Statement(match.Groups["said"].Value, match.Groups["kind"].Value == "STATEMENT") is { } first)
            {
                (sql, began) = (new StringBuilder(first), n + 1);
            }
        }

        if (sql is not null)
        {
            yield return new SentText(sql.ToString(), began);
        }
    }

    private static IEnumerable<SentText> FromJsonLines(string[] lines)
    {
        for (int n = 0; n < lines.Length; n++)
        {
            if (lines[n].Length == 0)
            {
                continue;
            }

            using JsonDocument line = ParseLine(lines[n], n + 1);
            JsonElement root = line.RootElement;
            string? sql = root.TryGetProperty("statement", out JsonElement statement) ? statement.GetString()
                : root.TryGetProperty("message", out JsonElement message) ? Statement(message.GetString() ?? "", bare: false) : null;
            if (sql is not null)
            {
                yield return new SentText(sql, n + 1);
            }
        }
    }

    private static JsonDocument ParseLine(string line, int number)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            throw new UsageException($"Line {number} is not a JSON object, as the lines before it are.", "Give a script, or a log in format stderr or jsonlog.");
        }
    }

    // "duration: 0.1 ms  statement: SELECT 1", "execute <unnamed>: SELECT 1"; "parse" and "bind" repeat what "execute" says.
    private static string? Statement(string said, bool bare) => bare ? said : Said().Match(said) is { Success: true } match ? match.Groups["sql"].Value : null;

    [GeneratedRegex(@"(?:^|\s)(?<kind>LOG|STATEMENT):  (?<said>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex LogLine();

    [GeneratedRegex(@"^(?:duration: [0-9.]+ ms  )?(?:statement|execute [^:]*): (?<sql>.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Said();
}
