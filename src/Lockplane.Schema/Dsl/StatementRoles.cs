using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Lockplane.Sql;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Lexing;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Schema.Dsl;

/// <summary>A role that a statement names, and where.</summary>
/// <param name="Name">Its name, folded and unescaped.</param>
/// <param name="Offset">The byte at which it begins in the statement.</param>
public readonly record struct RoleMention(string Name, int Offset);

/// <summary>Where a statement names roles and this database: what has other names on a shadow. Found in the syntax tree, never by looking for words.</summary>
/// <param name="Kind">Postgres's node type of the statement.</param>
/// <param name="Mentions">The roles, in the order of the text. PUBLIC, CURRENT_USER and the like are none.</param>
/// <param name="Grantor">The role after GRANTED BY; null when there is none.</param>
/// <param name="SettingsOf">The role whose settings are changed (ALTER ROLE ... SET); null for other statements.</param>
/// <param name="IsSchemaNamedByRole">CREATE SCHEMA AUTHORIZATION without a name: the schema is called as the role is.</param>
/// <param name="FillsView">It makes a materialized view and runs its query.</param>
public sealed record StatementRoles(string Kind, ImmutableArray<RoleMention> Mentions, string? Grantor, string? SettingsOf, bool IsSchemaNamedByRole, bool FillsView)
{
    /// <summary>How psql, and so a schema file, says "this database" where SQL wants its name.</summary>
    public const string DatabaseVariable = "DBNAME";

    /// <summary>Reads them from a text of one statement.</summary>
    /// <exception cref="LockplaneException">LP201: it does not parse.</exception>
    public static StatementRoles Read(PgQueryParser parser, string sql)
    {
        ParseOutcome<StatementRoles> outcome = parser.Parse(Encoding.UTF8.GetBytes(WithoutVariable(sql)), ReadTree);
        return outcome.Succeeded
            ? outcome.Value
            : throw new LockplaneException(ErrorCodes.StatementNotAllowed, $"A statement cannot be read: {outcome.Error.Message} ({outcome.Error.SqlState}).", sql);
    }

    /// <summary>The text with psql's variable <c>:"DBNAME"</c> as a plain name, every byte where it was.</summary>
    public static string WithoutVariable(string sql)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(sql);
        ImmutableArray<int> places = SqlSpans.QuotedVariables(utf8, DatabaseVariable);
        if (places.IsEmpty)
        {
            return sql;
        }

        foreach (int at in places)
        {
            utf8[at] = (byte)' ';
        }

        return Encoding.UTF8.GetString(utf8);
    }

    /// <summary>The text with the database's name for <c>:"DBNAME"</c>.</summary>
    public static string WithDatabase(string sql, string database)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(sql);
        ImmutableArray<int> places = SqlSpans.QuotedVariables(utf8, DatabaseVariable);
        string text = sql;
        foreach (int at in places.Reverse())
        {
            int start = Encoding.UTF8.GetCharCount(utf8, 0, at);
            text = text[..start] + Identifiers.Quote(database) + text[(start + DatabaseVariable.Length + 3)..];
        }

        return text;
    }

    /// <summary>The statement with other names for the roles, with the database's name for <c>:"DBNAME"</c>, and with a materialized view left empty.</summary>
    /// <param name="sql">The text that was read.</param>
    /// <param name="role">The name instead of a role's.</param>
    /// <param name="database">The database's name.</param>
    public string Rewrite(string sql, Func<string, string> role, string database)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(sql);
        List<(int Start, int End, string Text)> edits = [];
        foreach (int at in SqlSpans.QuotedVariables(utf8, DatabaseVariable))
        {
            edits.Add((at, at + DatabaseVariable.Length + 3, Identifiers.Quote(database)));
        }

        foreach (RoleMention mention in Mentions)
        {
            int end = SqlSpans.TokenEnd(utf8, mention.Offset);
            if (end > 0)
            {
                edits.Add((mention.Offset, end, Identifiers.Quote(role(mention.Name))));
            }
        }

        if (IsSchemaNamedByRole && SqlSpans.LastWordBefore(utf8, Mentions[0].Offset, "authorization") is >= 0 and int word)
        {
            edits.Add((word, word, Identifiers.Quote(Mentions[0].Name) + " "));
        }

        if (FillsView)
        {
            int at = SqlSpans.LastWords(utf8, "with", "data");
            edits.Add((at < 0 ? utf8.Length : at, utf8.Length, "\nWITH NO DATA"));
        }

        if (edits.Count == 0)
        {
            return sql;
        }

        StringBuilder text = new();
        int done = 0;
        foreach ((int start, int end, string replacement) in edits.OrderBy(e => e.Start))
        {
            text.Append(Encoding.UTF8.GetString(utf8.AsSpan(done, start - done))).Append(replacement);
            done = end;
        }

        return text.Append(Encoding.UTF8.GetString(utf8.AsSpan(done))).ToString();
    }

    private static StatementRoles ReadTree(ReadOnlySpan<byte> tree)
    {
        using JsonDocument document = TreeJson.Parse(tree);
        JsonProperty statement = TreeJson.Statement(document);
        SortedDictionary<int, string> mentions = [];
        Find(statement.Value, mentions);
        return new StatementRoles(
            statement.Name,
            [.. mentions.Select(m => new RoleMention(m.Value, m.Key))],
            statement.Name == "GrantStmt" && statement.Value.TryGetProperty("grantor", out JsonElement grantor) ? Name(grantor) : null,
            statement.Name == "AlterRoleSetStmt" && statement.Value.TryGetProperty("role", out JsonElement role) ? Name(role) : null,
            statement.Name == "CreateSchemaStmt" && !statement.Value.TryGetProperty("schemaname", out _) && mentions.Count > 0,
            statement.Name == "CreateTableAsStmt" && statement.Value.Text("objtype") == "OBJECT_MATVIEW" && !(statement.Value.TryGetProperty("into", out JsonElement into) && into.Flag("skipData")));
    }

    private static void Find(JsonElement node, SortedDictionary<int, string> mentions)
    {
        foreach (JsonElement element in TreeJson.Objects(node))
        {
            if (Name(element) is { } name)
            {
                mentions[element.TryGetProperty("location", out JsonElement location) ? location.GetInt32() : 0] = name;
            }
        }
    }

    private static string? Name(JsonElement spec) =>
        spec.ValueKind == JsonValueKind.Object && spec.TryGetProperty("roletype", out JsonElement type) && type.ValueEquals("ROLESPEC_CSTRING"u8) ? spec.GetProperty("rolename").GetString() : null;
}
