using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Judges one statement from its facts: a pure function of the statement and the profile.</summary>
internal static class StatementRules
{
    /// <summary>What the profile holds against a statement; null when it passes or only changes the schema.</summary>
    public static Finding? Judge(Statement statement, Profile profile)
    {
        foreach (SettingFact setting in statement.Settings)
        {
            if (SettingRules.Protected(setting, profile) is { } finding)
            {
                return finding;
            }
        }
        // A schema change is not run here, so what it holds is judged where it is planned.
        if (StatementClasses.ChangesSchema(statement))
        {
            return null;
        }

        return Nodes(statement, profile) ?? Transactions(statement) ?? Copies(statement, profile) ?? RelationRules.Judge(statement) ?? FunctionRules.Judge(statement, profile)
            ?? Settings(statement, profile);
    }

    /// <summary>The answer to a schema change, without a plan yet.</summary>
    public static Finding SchemaChange(Statement statement)
    {
        NodeFact node = statement.Nodes.First(static node => StatementClasses.IsSchemaChange(node.Type));
        return new("LP301", "schema changes are not run through the gateway", $"{node.Type} changes the schema.", "Make a plan with `lockplane plan --sql` and apply it.", statement.Offset, node.Type);
    }

    private static Finding? Nodes(Statement statement, Profile profile)
    {
        foreach (NodeFact node in statement.Nodes)
        {
            if (!profile.AllowsNode(node.Type))
            {
                (string? what, string? hint) = Words(node.Type);
                return new("LP310", $"{what} is not in profile {profile.Name}", $"Node {node.Type}.", $"{hint}, or add {node.Type} to allow_nodes of profile {profile.Name}.", node.Location, node.Type);
            }
        }

        return null;
    }

    private static Finding? Transactions(Statement statement)
    {
        foreach (TransactionFact transaction in statement.Transactions)
        {
            if (transaction.IsTwoPhase)
            {
                return new("LP310", "two-phase commit is not run through the gateway", $"Node TransactionStmt, {transaction.Kind}.", "Use COMMIT and ROLLBACK.", statement.Offset, "TransactionStmt");
            }
        }

        return null;
    }

    private static Finding? Copies(Statement statement, Profile profile)
    {
        foreach (CopyFact copy in statement.Copies)
        {
            if (copy.Target != CopyTarget.Client)
            {
                return new("LP310", $"COPY to or from a {(copy.Target == CopyTarget.File ? "file" : "program")} is not in profile {profile.Name}", "Node CopyStmt.",
                    "Use COPY ... TO STDOUT or FROM STDIN.", statement.Offset, "CopyStmt");
            }
        }

        return null;
    }

    private static Finding? Settings(Statement statement, Profile profile)
    {
        foreach (SettingFact setting in statement.Settings)
        {
            if (SettingRules.Judge(setting, profile) is { } finding)
            {
                return finding;
            }
        }

        return null;
    }

    private static (string What, string Hint) Words(string nodeType) => nodeType switch
    {
        "DoStmt" => ("DO", "Send the statements themselves"),
        "CallStmt" => ("CALL", "Send the procedure's statements"),
        "LoadStmt" => ("LOAD", "Load libraries on the server"),
        "VacuumStmt" => ("VACUUM or ANALYZE", "Leave it to autovacuum or to the owner"),
        "CheckPointStmt" => ("CHECKPOINT", "Leave it to the administrator"),
        "AlterSystemStmt" => ("ALTER SYSTEM", "Leave it to the administrator"),
        "LockStmt" => ("LOCK TABLE", "Use SELECT ... FOR UPDATE or pg_advisory_xact_lock"),
        _ => ($"node type {nodeType}", "Use another form"),
    };
}
