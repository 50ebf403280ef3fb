using System.Collections.Frozen;

namespace Lockplane.Schema.Dsl;

/// <summary>Which statements declare something, and so may stand in a schema file: an allow-list by Postgres's node types; and in which order they are loaded.</summary>
internal static class DeclarationRules
{
    // By the order in which they are loaded where nothing else decides. Default privileges come last, so that what is granted on an object is what a statement says about it.
    private static readonly FrozenDictionary<string, int> Ranks = Read("""
        CreateSchemaStmt
        CreateExtensionStmt
        CreatePLangStmt
        CreateEnumStmt
        CompositeTypeStmt CreateDomainStmt CreateRangeStmt
        CreateSeqStmt
        CreateFunctionStmt CreateConversionStmt
        DefineStmt
        CreateOpFamilyStmt
        CreateOpClassStmt AlterOpFamilyStmt CreateCastStmt CreateTransformStmt AlterOperatorStmt AlterTypeStmt
        CreateFdwStmt
        CreateForeignServerStmt
        CreateStmt CreateForeignTableStmt
        AlterTSConfigurationStmt AlterTSDictionaryStmt AlterDomainStmt AlterFunctionStmt
        IndexStmt AlterTableStmt AlterSeqStmt
        ViewStmt CreateTableAsStmt
        CreateStatsStmt AlterStatsStmt CreateTrigStmt CreatePolicyStmt RuleStmt
        CreatePublicationStmt CreateSubscriptionStmt CreateEventTrigStmt AlterPublicationStmt AlterEventTrigStmt
        CreateUserMappingStmt
        AlterOwnerStmt AlterObjectDependsStmt
        CommentStmt SecLabelStmt
        GrantStmt
        AlterDatabaseSetStmt AlterRoleSetStmt
        AlterDefaultPrivilegesStmt
        """);

    private static readonly FrozenDictionary<string, string> Hints = new Dictionary<string, string>
    {
        ["DropStmt"] = "Leave the object out of the file: what a schema file does not mention is dropped.",
        ["DropUserMappingStmt"] = "Leave the object out of the file: what a schema file does not mention is dropped.",
        ["DropSubscriptionStmt"] = "Leave the object out of the file: what a schema file does not mention is dropped.",
        ["DropOwnedStmt"] = "Leave the objects out of the file: what a schema file does not mention is dropped.",
        ["RenameStmt"] = "Define it under its new name, and write `-- lockplane: renamed from old_name` in the line above.",
        ["AlterObjectSchemaStmt"] = "Define it in its new schema, and write `-- lockplane: renamed from old_schema.old_name` in the line above.",
        ["AlterEnumStmt"] = "Write the values in CREATE TYPE ... AS ENUM.",
        ["AlterPolicyStmt"] = "Write the policy as it should be in CREATE POLICY.",
        ["AlterSubscriptionStmt"] = "Write the subscription as it should be in CREATE SUBSCRIPTION.",
        ["AlterExtensionStmt"] = "Write CREATE EXTENSION with the version.",
        ["AlterForeignServerStmt"] = "Write the server as it should be in CREATE SERVER.",
        ["AlterUserMappingStmt"] = "Write the user mapping as it should be in CREATE USER MAPPING.",
        ["AlterFdwStmt"] = "Write the wrapper as it should be in CREATE FOREIGN DATA WRAPPER.",
        ["ImportForeignSchemaStmt"] = "Write the foreign tables themselves.",
        ["SelectStmt"] = "Leave it out: a schema file describes the schema. Names without a schema are in public, whatever search_path is.",
        ["CreateTableAsStmt"] = "Write CREATE TABLE with columns: a schema file describes the schema, not rows.",
        ["DoStmt"] = "Write the statements that the code would run.",
        ["CallStmt"] = "Write the statements that the procedure would run.",
        ["VariableSetStmt"] = "Leave it out: a file means the same whatever the settings are. Write names with their schema; ALTER DATABASE :\"DBNAME\" SET is a setting of the database.",
        ["TransactionStmt"] = "Leave it out: a file is taken as a whole.",
        ["CreateRoleStmt"] = "Leave it out: roles belong to the server. Name them in OWNER TO and GRANT; they are made by an administrator.",
        ["AlterRoleStmt"] = "Leave it out: roles belong to the server.",
        ["GrantRoleStmt"] = "Leave it out: memberships belong to the server.",
        ["AlterDatabaseStmt"] = "Leave it out: how a database was created is no part of its schema.",
        ["RefreshMatViewStmt"] = "Leave it out: a schema file describes the schema, not rows.",
        ["CreateAmStmt"] = "Leave it out: an access method comes with an extension.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Where in the order of loading a statement comes that is allowed.</summary>
    public static int RankOf(DeclarationFacts facts) => facts is { Kind: "DefineStmt", ObjectType: "OBJECT_COLLATION" } ? Ranks["CreatePLangStmt"] : Ranks[facts.Kind];

    /// <summary>Why a statement may not stand in a schema file, and what to write instead; null when it may.</summary>
    /// <param name="facts">The statement.</param>
    /// <param name="namesThisDatabase">Whether its database's name is written <c>:"DBNAME"</c>.</param>
    public static (string Why, string Hint)? FindRefusal(DeclarationFacts facts, bool namesThisDatabase)
    {
        const string NoDeclaration = "is not a declaration that a schema file may hold";
        if (!Ranks.ContainsKey(facts.Kind) || (facts.Kind == "CreateTableAsStmt" && facts.ObjectType != "OBJECT_MATVIEW"))
        {
            return (NoDeclaration, Hints.GetValueOrDefault(facts.Kind) ?? "A schema file holds CREATE, ALTER ... that adds to what is created, COMMENT and GRANT; use `lockplane plan --sql` for the rest.");
        }

        if (facts.Definitions is [{ Schema: { } schema }, ..] && schema.StartsWith("pg_temp", StringComparison.Ordinal))
        {
            return ("makes something temporary, which is gone after the apply", "Make it in another schema.");
        }

        if (facts.Kind == "AlterTableStmt" && facts.Subcommands.FirstOrDefault(TakesAway) is { } form)
        {
            return ($"takes away or changes what another statement declares ({form})", "Write the object as it should be in its CREATE statement; what is not mentioned is dropped.");
        }

        if (facts is { Kind: "AlterDomainStmt", Form: "X" or "N" })
        {
            return ("takes away what another statement declares", "Write the domain as it should be in CREATE DOMAIN.");
        }

        if (facts.Kind == "IndexStmt" && facts.Flags.Contains("concurrent"))
        {
            return ("says how an index is built, and not which", "Leave CONCURRENTLY out: the plan decides how.");
        }

        if (facts.ObjectType is "OBJECT_ROLE" or "OBJECT_TABLESPACE" or "OBJECT_PARAMETER_ACL" or "OBJECT_LARGEOBJECT")
        {
            return ("is about something that is no part of a database's schema", "Leave it out.");
        }

        bool isAboutDatabase = facts.Kind is "AlterDatabaseSetStmt" or "AlterRoleSetStmt" || facts.Databases.Length > 0;
        return isAboutDatabase && !(namesThisDatabase && facts.Databases.All(name => name == StatementRoles.DatabaseVariable) && facts.Databases.Length > 0)
            ? ("is about a database by its name, or about all of them", "Write :\"DBNAME\", as psql does for the database that it is connected to: ALTER DATABASE :\"DBNAME\" SET ..., ALTER ROLE name IN DATABASE :\"DBNAME\" SET ....")
            : !isAboutDatabase && namesThisDatabase ? ("uses :\"DBNAME\" where no database is named", "Write the name itself.") : null;
    }

    private static bool TakesAway(string form) => form.StartsWith("AT_Drop", StringComparison.Ordinal) || form.StartsWith("AT_Reset", StringComparison.Ordinal)
        || form.StartsWith("AT_Detach", StringComparison.Ordinal) || form is "AT_AlterColumnType" or "AT_DisableRowSecurity" or "AT_NoForceRowSecurity" or "AT_ValidateConstraint";

    private static FrozenDictionary<string, int> Read(string table) => table.Split('\n', StringSplitOptions.TrimEntries)
        .SelectMany((line, rank) => line.Split(' ').Select(kind => KeyValuePair.Create(kind, rank))).ToFrozenDictionary(StringComparer.Ordinal);
}
