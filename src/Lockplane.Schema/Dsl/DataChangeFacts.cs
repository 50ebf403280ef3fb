using System.Text.Json;

namespace Lockplane.Schema.Dsl;

/// <summary>What a statement's syntax tree says about rows that it changes.</summary>
/// <param name="Kind">The node of the statement itself when it is an INSERT, UPDATE, DELETE or MERGE; null otherwise.</param>
/// <param name="Schema">The schema of its table, as it is written.</param>
/// <param name="Table">Its table.</param>
/// <param name="Hidden">A data change that stands inside of the statement, of which the server reports no number: in WITH, or what EXPLAIN ANALYZE runs.</param>
internal sealed record DataChangeFacts(string? Kind, string? Schema, string? Table, string? Hidden)
{
    private static readonly string[] Kinds = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

    // What is only defined does not run.
    private static readonly string[] Defining = ["CreateFunctionStmt", "RuleStmt", "ViewStmt"];

    /// <summary>Reads them in libpg_query's JSON.</summary>
    public static DataChangeFacts Read(ReadOnlySpan<byte> tree)
    {
        using JsonDocument document = TreeJson.Parse(tree);
        JsonProperty statement = TreeJson.Statement(document);
        string? hidden = Defining.Contains(statement.Name) ? null
            : TreeJson.Objects(statement.Value).SelectMany(node => node.EnumerateObject()).Select(member => member.Name).FirstOrDefault(Kinds.Contains);
        if (!Kinds.Contains(statement.Name))
        {
            return new DataChangeFacts(null, null, null, hidden);
        }

        JsonElement relation = statement.Value.GetProperty("relation");
        return new DataChangeFacts(statement.Name, relation.Text("schemaname"), relation.Text("relname"), hidden);
    }
}
