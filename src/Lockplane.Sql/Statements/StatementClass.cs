using System.Collections.Frozen;

namespace Lockplane.Sql.Statements;

/// <summary>What kind of work a statement's node type does.</summary>
public enum StatementClass
{
    /// <summary>A node type that is no statement, or one that this version does not know.</summary>
    Unknown,

    /// <summary>Reads or changes rows: SELECT, INSERT, UPDATE, DELETE, MERGE, COPY.</summary>
    Data,

    /// <summary>Holds another statement, or goes back to one that did: EXPLAIN, PREPARE, EXECUTE, DECLARE, FETCH.</summary>
    Shell,

    /// <summary>Transactions, settings, notifications, clean-up of the session.</summary>
    Session,

    /// <summary>Changes the schema, privileges, or what a plan's catalog holds.</summary>
    SchemaChange,

    /// <summary>Runs code or does the administrator's work: DO, CALL, LOAD, VACUUM, CHECKPOINT, ALTER SYSTEM, LOCK.</summary>
    Administration,
}

/// <summary>The class of each of Postgres's statements. A statement's own type alone does not make it harmless: see <see cref="ChangesSchema"/>.</summary>
public static class StatementClasses
{
    private static readonly FrozenDictionary<string, StatementClass> Classes = new Dictionary<StatementClass, string>
    {
        [StatementClass.Data] = "SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CopyStmt",
        [StatementClass.Shell] = "ExplainStmt PrepareStmt ExecuteStmt DeallocateStmt DeclareCursorStmt FetchStmt ClosePortalStmt",
        [StatementClass.Session] = "TransactionStmt VariableSetStmt VariableShowStmt DiscardStmt ConstraintsSetStmt ListenStmt UnlistenStmt NotifyStmt",
        [StatementClass.SchemaChange] = """
            CreateStmt CreateTableAsStmt CreateSchemaStmt CreateForeignTableStmt ViewStmt RuleStmt IndexStmt CreateSeqStmt AlterSeqStmt CreateTrigStmt CreateEventTrigStmt AlterEventTrigStmt
            AlterTableStmt AlterTableMoveAllStmt RenameStmt AlterObjectDependsStmt AlterObjectSchemaStmt AlterOwnerStmt AlterOperatorStmt AlterTypeStmt AlterDomainStmt AlterCollationStmt
            CompositeTypeStmt CreateEnumStmt CreateRangeStmt AlterEnumStmt CreateDomainStmt DefineStmt CreateFunctionStmt AlterFunctionStmt CreateCastStmt CreateConversionStmt
            CreateTransformStmt CreateOpClassStmt CreateOpFamilyStmt AlterOpFamilyStmt CreateAmStmt CreatePLangStmt CreateStatsStmt AlterStatsStmt AlterTSDictionaryStmt
            AlterTSConfigurationStmt CreatePolicyStmt AlterPolicyStmt CreatePublicationStmt AlterPublicationStmt CreateSubscriptionStmt AlterSubscriptionStmt DropSubscriptionStmt
            CreateExtensionStmt AlterExtensionStmt AlterExtensionContentsStmt CreateFdwStmt AlterFdwStmt CreateForeignServerStmt AlterForeignServerStmt CreateUserMappingStmt
            AlterUserMappingStmt DropUserMappingStmt ImportForeignSchemaStmt DropStmt DropOwnedStmt ReassignOwnedStmt TruncateStmt CommentStmt SecLabelStmt GrantStmt GrantRoleStmt
            AlterDefaultPrivilegesStmt CreateRoleStmt AlterRoleStmt AlterRoleSetStmt DropRoleStmt CreatedbStmt AlterDatabaseStmt AlterDatabaseRefreshCollStmt AlterDatabaseSetStmt DropdbStmt
            CreateTableSpaceStmt DropTableSpaceStmt AlterTableSpaceOptionsStmt ReindexStmt RefreshMatViewStmt ClusterStmt
            """,
        [StatementClass.Administration] = "DoStmt CallStmt LoadStmt VacuumStmt CheckPointStmt AlterSystemStmt LockStmt",
    }.SelectMany(row => row.Value.Split([' ', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(type => KeyValuePair.Create(type, row.Key)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The class of a node type.</summary>
    public static StatementClass Of(string nodeType) => Classes.GetValueOrDefault(nodeType);

    /// <summary>True for a node type that changes the schema wherever it stands; <c>IntoClause</c> is SELECT INTO.</summary>
    public static bool IsSchemaChange(string nodeType) => nodeType == "IntoClause" || Of(nodeType) == StatementClass.SchemaChange;

    /// <summary>True when the statement, or one that it holds, changes the schema.</summary>
    public static bool ChangesSchema(Statement statement)
    {
        foreach (NodeFact node in statement.Nodes)
        {
            if (IsSchemaChange(node.Type))
            {
                return true;
            }
        }

        return false;
    }
}
