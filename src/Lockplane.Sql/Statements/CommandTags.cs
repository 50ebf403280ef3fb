using System.Collections.Frozen;

namespace Lockplane.Sql.Statements;

/// <summary>The command tag that Postgres's CommandComplete gives for a statement that changes the schema.</summary>
/// <remarks>Spec: "Message Formats", CommandComplete. What makes rows (SELECT INTO, CREATE TABLE AS, a filled materialized view) is answered by Postgres with SELECT and their number, which the statement alone does not tell.</remarks>
internal static class CommandTags
{
    private static readonly FrozenDictionary<string, string> ByNode = Read("""
        CREATE TABLE: CreateStmt
        CREATE SCHEMA: CreateSchemaStmt
        CREATE FOREIGN TABLE: CreateForeignTableStmt
        CREATE VIEW: ViewStmt
        CREATE RULE: RuleStmt
        CREATE INDEX: IndexStmt
        CREATE SEQUENCE: CreateSeqStmt
        ALTER SEQUENCE: AlterSeqStmt
        CREATE TRIGGER: CreateTrigStmt
        CREATE EVENT TRIGGER: CreateEventTrigStmt
        ALTER EVENT TRIGGER: AlterEventTrigStmt
        ALTER OPERATOR: AlterOperatorStmt
        ALTER TYPE: AlterTypeStmt AlterEnumStmt
        ALTER DOMAIN: AlterDomainStmt
        ALTER COLLATION: AlterCollationStmt
        CREATE TYPE: CompositeTypeStmt CreateEnumStmt CreateRangeStmt
        CREATE DOMAIN: CreateDomainStmt
        CREATE CAST: CreateCastStmt
        CREATE CONVERSION: CreateConversionStmt
        CREATE TRANSFORM: CreateTransformStmt
        CREATE OPERATOR CLASS: CreateOpClassStmt
        CREATE OPERATOR FAMILY: CreateOpFamilyStmt
        ALTER OPERATOR FAMILY: AlterOpFamilyStmt
        CREATE ACCESS METHOD: CreateAmStmt
        CREATE LANGUAGE: CreatePLangStmt
        CREATE STATISTICS: CreateStatsStmt
        ALTER STATISTICS: AlterStatsStmt
        ALTER TEXT SEARCH DICTIONARY: AlterTSDictionaryStmt
        ALTER TEXT SEARCH CONFIGURATION: AlterTSConfigurationStmt
        CREATE POLICY: CreatePolicyStmt
        ALTER POLICY: AlterPolicyStmt
        CREATE PUBLICATION: CreatePublicationStmt
        ALTER PUBLICATION: AlterPublicationStmt
        CREATE SUBSCRIPTION: CreateSubscriptionStmt
        ALTER SUBSCRIPTION: AlterSubscriptionStmt
        DROP SUBSCRIPTION: DropSubscriptionStmt
        CREATE EXTENSION: CreateExtensionStmt
        ALTER EXTENSION: AlterExtensionStmt AlterExtensionContentsStmt
        CREATE FOREIGN DATA WRAPPER: CreateFdwStmt
        ALTER FOREIGN DATA WRAPPER: AlterFdwStmt
        CREATE SERVER: CreateForeignServerStmt
        ALTER SERVER: AlterForeignServerStmt
        CREATE USER MAPPING: CreateUserMappingStmt
        ALTER USER MAPPING: AlterUserMappingStmt
        DROP USER MAPPING: DropUserMappingStmt
        IMPORT FOREIGN SCHEMA: ImportForeignSchemaStmt
        DROP OWNED: DropOwnedStmt
        REASSIGN OWNED: ReassignOwnedStmt
        TRUNCATE TABLE: TruncateStmt
        COMMENT: CommentStmt
        SECURITY LABEL: SecLabelStmt
        ALTER DEFAULT PRIVILEGES: AlterDefaultPrivilegesStmt
        CREATE ROLE: CreateRoleStmt
        ALTER ROLE: AlterRoleStmt AlterRoleSetStmt
        DROP ROLE: DropRoleStmt
        CREATE DATABASE: CreatedbStmt
        ALTER DATABASE: AlterDatabaseStmt AlterDatabaseRefreshCollStmt AlterDatabaseSetStmt
        DROP DATABASE: DropdbStmt
        CREATE TABLESPACE: CreateTableSpaceStmt
        DROP TABLESPACE: DropTableSpaceStmt
        ALTER TABLESPACE: AlterTableSpaceOptionsStmt
        REINDEX: ReindexStmt
        REFRESH MATERIALIZED VIEW: RefreshMatViewStmt
        CLUSTER: ClusterStmt
        SELECT INTO: SelectStmt
        """);

    // How Postgres calls objects in tags, where it is not the words of the enum itself.
    private static readonly FrozenDictionary<string, string> ByObject = Read("""
        MATERIALIZED VIEW: OBJECT_MATVIEW
        TABLE: OBJECT_COLUMN OBJECT_TABCONSTRAINT
        TYPE: OBJECT_ATTRIBUTE
        DOMAIN: OBJECT_DOMCONSTRAINT
        FOREIGN DATA WRAPPER: OBJECT_FDW
        SERVER: OBJECT_FOREIGN_SERVER
        LARGE OBJECT: OBJECT_LARGEOBJECT
        OPERATOR CLASS: OBJECT_OPCLASS
        OPERATOR FAMILY: OBJECT_OPFAMILY
        STATISTICS: OBJECT_STATISTIC_EXT
        TEXT SEARCH CONFIGURATION: OBJECT_TSCONFIGURATION
        TEXT SEARCH DICTIONARY: OBJECT_TSDICTIONARY
        TEXT SEARCH PARSER: OBJECT_TSPARSER
        TEXT SEARCH TEMPLATE: OBJECT_TSTEMPLATE
        """);

    /// <summary>The tag of a top-level statement; null where it changes no schema by itself.</summary>
    /// <param name="frame">Its node, complete.</param>
    /// <param name="intoTable">Whether it holds SELECT INTO or CREATE TABLE AS.</param>
    public static string? Of(TreeFrame frame, bool intoTable) => frame.Type switch
    {
        "SelectStmt" when !intoTable => null,
        "CreateTableAsStmt" => frame.Text("objtype") == "OBJECT_MATVIEW" ? "CREATE MATERIALIZED VIEW" : frame.Flag("is_select_into") ? "SELECT INTO" : "CREATE TABLE AS",
        "CreateFunctionStmt" => frame.Flag("is_procedure") ? "CREATE PROCEDURE" : "CREATE FUNCTION",
        "DefineStmt" => Join("CREATE", frame.Text("kind")),
        "DropStmt" => Join("DROP", frame.Text("removeType")),
        "AlterTableStmt" or "AlterTableMoveAllStmt" or "AlterFunctionStmt" => Join("ALTER", frame.Text("objtype")),
        "AlterObjectDependsStmt" or "AlterObjectSchemaStmt" or "AlterOwnerStmt" => Join("ALTER", frame.Text("objectType")),
        "RenameStmt" => Join("ALTER", frame.Text("renameType") == "OBJECT_COLUMN" ? frame.Text("relationType") : frame.Text("renameType")),
        "GrantStmt" => frame.Flag("is_grant") ? "GRANT" : "REVOKE",
        "GrantRoleStmt" => frame.Flag("is_grant") ? "GRANT ROLE" : "REVOKE ROLE",
        _ => ByNode.GetValueOrDefault(frame.Type),
    };

    private static string? Join(string verb, string? objectType) => objectType is null || !objectType.StartsWith("OBJECT_", StringComparison.Ordinal) ? null
        : $"{verb} {ByObject.GetValueOrDefault(objectType) ?? objectType["OBJECT_".Length..].Replace('_', ' ')}";

    private static FrozenDictionary<string, string> Read(string table) => table
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(": "))
        .SelectMany(line => line[1].Split(' ').Select(name => KeyValuePair.Create(name, line[0])))
        .ToFrozenDictionary(StringComparer.Ordinal);
}
