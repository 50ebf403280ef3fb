using System.Collections.Frozen;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Judges relations by name: the catalogs and Lockplane's own schema are not written to, and what shows other sessions' work is not read.</summary>
internal static class RelationRules
{
    private static readonly FrozenSet<string> Unwritable = NameLists.Read("relations-unwritten.txt");

    private static readonly FrozenSet<string> OthersWork = NameLists.Read("relations-unread.txt");

    public static IEnumerable<Finding> Judge(Statement statement, IFunctionJudge functions)
    {
        foreach (RelationFact relation in statement.Relations)
        {
            bool inCatalog = relation.Schema == "pg_catalog" || relation.Schema is null && relation.Name.StartsWith("pg_", StringComparison.Ordinal);
            if (relation.Access == RelationAccess.Write && (inCatalog || relation.Schema is { } schema && Unwritable.Contains(schema) || functions.IsSettingsView(relation.Schema, relation.Name)))
            {
                yield return new("42501", $"permission denied for relation {relation.Name}", $"{relation.Schema ?? "pg_catalog"}.{relation.Name} is not changed through the gateway.",
                    "Change your own tables; settings are written with SET.", relation.Location, relation.Name);
            }

            if (OthersWork.Contains(relation.Name))
            {
                yield return new("42501", $"permission denied for relation {relation.Name}", $"{relation.Name} shows what other sessions do, or rows outside row level security.",
                    "Read it with an administrator's connection to the server.", relation.Location, relation.Name);
            }
        }
    }
}
