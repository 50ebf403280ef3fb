using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes settings of the database and of roles in it.</summary>
internal static class SettingsSql
{
    /// <summary>The database that psql is connected to, as psql's own variable: so the statement hits no other one.</summary>
    public const string Database = ":\"DBNAME\"";

    // The parameters whose value is a list of names (GUC_LIST_QUOTE): given as one string, the list would become one name.
    private static readonly string[] Lists =
        ["local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories"];

    /// <summary>SET of one.</summary>
    public static string Set(ObjectId id, OptionFacts setting) => $"{Alter(id)} SET {Identifiers.Quote(setting.Name)} TO {Value(id, setting)}";

    /// <summary>RESET of one.</summary>
    public static string Reset(ObjectId id, string name) => $"{Alter(id)} RESET {Identifiers.Quote(name)}";

    private static string Alter(ObjectId id) => id.Signature is null ? $"ALTER DATABASE {Database}" : $"ALTER ROLE {Identifiers.Quote(id.Name)} IN DATABASE {Database}";

    private static string Value(ObjectId id, OptionFacts setting) => !setting.Secret && Lists.Contains(setting.Name.ToLowerInvariant(), StringComparer.Ordinal)
        ? string.Join(", ", Names(setting.Value ?? "").Select(Identifiers.QuoteLiteral))
        : OptionSql.Value(setting, id.Name);

    // a, "b ""c"" d"; an empty list is written as one empty name.
    private static List<string> Names(string list)
    {
        List<string> names = [];
        StringBuilder name = new();
        bool quoted = false;
        for (int i = 0; i < list.Length; i++)
        {
            char c = list[i];
            if (c == '"')
            {
                bool doubled = quoted && i + 1 < list.Length && list[i + 1] == '"';
                name.Append(doubled ? "\"" : "");
                i += doubled ? 1 : 0;
                quoted = doubled ? quoted : !quoted;
            }
            else if (c == ',' && !quoted)
            {
                names.Add(name.ToString());
                name.Clear();
            }
            else if (quoted || !char.IsWhiteSpace(c))
            {
                name.Append(c);
            }
        }

        names.Add(name.ToString());
        return names;
    }
}
