using System.Collections.Frozen;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Judges one statement from its facts: a pure function of the statement and the profile.</summary>
internal static class StatementRules
{
    // Not even mode observe lets them pass: they load or run code that the gate cannot read, or change what all sessions get.
    private static readonly FrozenSet<string> NeverObserved = FrozenSet.Create(StringComparer.Ordinal, "LoadStmt", "AlterSystemStmt");

    // Whose literals no rule reads: whoever writes a rule that does takes the kind off here, or says so in ReadsLiterals.
    private static readonly FrozenSet<string> WithoutReadLiterals = FrozenSet.Create(StringComparer.Ordinal, "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "TransactionStmt", "ExplainStmt",
        "DeclareCursorStmt", "FetchStmt", "ClosePortalStmt", "PrepareStmt", "ExecuteStmt", "DeallocateStmt", "ListenStmt", "UnlistenStmt", "NotifyStmt", "CopyStmt");

    /// <summary>Whether a rule may look at the value of a literal in the statement, so that another value may mean another verdict.</summary>
    public static bool ReadsLiterals(Statement statement) =>
        !WithoutReadLiterals.Contains(statement.Kind) || !statement.Settings.IsEmpty || !statement.Bodies.IsEmpty || statement.Calls.Any(static call => call.Name == "set_config");

    /// <summary>What the profile holds against a statement; null when it passes or only changes the schema. Under mode observe a finding that is <see cref="Finding.Listed"/> is one to tell of, since nothing else is against the statement.</summary>
    public static Finding? Judge(Statement statement, Profile profile, IFunctionJudge functions)
    {
        Finding? listed = null;
        foreach (Finding finding in All(statement, profile, functions))
        {
            if (!finding.Listed || profile.Mode == ProfileMode.Enforce)
            {
                return finding;
            }

            listed ??= finding;
        }

        return listed;
    }

    /// <summary>The answer to a schema change, without a plan yet.</summary>
    public static Finding SchemaChange(Statement statement)
    {
        NodeFact node = statement.Nodes.First(static node => StatementClasses.IsSchemaChange(node.Type));
        return new("LP301", "schema changes are not run through the gateway", $"{node.Type} changes the schema.", "Make a plan with `lockplane plan --sql` and apply it.", statement.Offset, node.Type);
    }

    /// <summary>All that the profile holds against a statement.</summary>
    public static IEnumerable<Finding> All(Statement statement, Profile profile, IFunctionJudge functions)
    {
        IEnumerable<Finding> pinned = statement.Settings.Select(setting => SettingRules.Protected(setting, profile)).OfType<Finding>();

        // A schema change is not run here, so what else it holds is judged where it is planned.
        return StatementClasses.ChangesSchema(statement) ? pinned : pinned
            .Concat(Nodes(statement, profile))
            .Concat(Transactions(statement))
            .Concat(Copies(statement, profile))
            .Concat(RelationRules.Judge(statement, functions))
            .Concat(FunctionRules.Judge(statement, profile, functions))
            .Concat(statement.Settings.Select(setting => SettingRules.Judge(setting, profile)).OfType<Finding>());
    }

    private static IEnumerable<Finding> Nodes(Statement statement, Profile profile)
    {
        foreach (NodeFact node in statement.Nodes)
        {
            if (!profile.AllowsNode(node.Type))
            {
                (string? what, string? hint) = Words(node.Type);
                yield return new("LP310", $"{what} is not in profile {profile.Name}", $"Node {node.Type}.", $"{hint}, or add {node.Type} to allow_nodes of profile {profile.Name}.", node.Location, node.Type,
                    Listed: !NeverObserved.Contains(node.Type) && !node.IsUnknown);
            }
        }
    }

    private static IEnumerable<Finding> Transactions(Statement statement) => statement.Transactions.Where(static transaction => transaction.IsTwoPhase).Select(transaction => new Finding(
        "LP310", "two-phase commit is not run through the gateway", $"Node TransactionStmt, {transaction.Kind}.", "Use COMMIT and ROLLBACK.", statement.Offset, "TransactionStmt"));

    private static IEnumerable<Finding> Copies(Statement statement, Profile profile)
    {
        foreach (CopyFact copy in statement.Copies)
        {
            if (copy.Target != CopyTarget.Client)
            {
                yield return new("LP310", $"COPY to or from a {(copy.Target == CopyTarget.File ? "file" : "program")} is not in profile {profile.Name}", "Node CopyStmt.",
                    "Use COPY ... TO STDOUT or FROM STDIN.", statement.Offset, "CopyStmt");
            }
            else if (copy.IsFrom && !profile.Writes)
            {
                yield return new("LP310", $"COPY FROM is not in profile {profile.Name}", "Node CopyStmt.", "Use COPY ... TO STDOUT.", statement.Offset, "CopyStmt", Listed: true);
            }
        }
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
        "InsertStmt" => ("INSERT", "Connect as a role that may change rows"),
        "UpdateStmt" => ("UPDATE", "Connect as a role that may change rows"),
        "DeleteStmt" => ("DELETE", "Connect as a role that may change rows"),
        "MergeStmt" => ("MERGE", "Connect as a role that may change rows"),
        "LockingClause" => ("SELECT ... FOR UPDATE or FOR SHARE", "Read without locks"),
        "NotifyStmt" => ("NOTIFY", "Connect as a role that may change rows"),
        _ => ($"node type {nodeType}", "Use another form"),
    };
}
