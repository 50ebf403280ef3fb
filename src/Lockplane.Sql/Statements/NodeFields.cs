using System.Collections.Frozen;

namespace Lockplane.Sql.Statements;

/// <summary>
/// The types of nodes that a tree holds without naming them: a field declared in Postgres's parsenodes.h with one node type, such as <c>RangeVar *relation</c>, is written as a
/// bare object. A bare object in a field that is not listed here has an unknown type, which no allow-list holds.
/// </summary>
internal static class NodeFields
{
    private static readonly FrozenDictionary<string, string> ByField = Parse("""
        RawStmt: stmts
        Integer: ival
        Float: fval
        Boolean: boolval
        String: sval extname
        BitString: bsval
        Alias: alias join_using_alias
        CollateClause: collClause
        CTECycleClause: cycle_clause
        CTESearchClause: search_clause
        FuncCall: funccall
        GrantStmt: action
        InferClause: infer
        IntoClause: into intoClause
        JsonAggConstructor: constructor
        JsonBehavior: on_empty on_error
        JsonFormat: format
        JsonOutput: output
        JsonReturning: returning
        JsonTablePathSpec: pathspec
        JsonValueExpr: context_item expr value
        ObjectWithArgs: func fromsql tosql opername
        OnConflictClause: onConflictClause
        PartitionBoundSpec: bound partbound
        PartitionSpec: partspec
        PublicationTable: pubtable
        RangeVar: relation rel constrrel pktable sequence identitySequence table typevar view
        ReturningClause: returningClause
        RoleSpec: authrole grantor newowner newrole owner role user
        SelectStmt: larg rarg
        TypeName: typeName type_name argType datatype ofTypename returnType sourcetype storedtype targettype
        VariableSetStmt: setstmt
        WindowDef: over
        WithClause: withClause
        CreateStmt: base
        """);

    // Fields whose type depends on the node that they are in.
    private static readonly FrozenDictionary<string, string> ByParentAndField = Parse("""
        JsonKeyValue: JsonObjectAgg.arg
        JsonValueExpr: JsonArrayAgg.arg JsonArgument.val
        RangeVar: PartitionCmd.name
        ObjectWithArgs: CreateOpClassItem.name
        SelectStmt: PLAssignStmt.val
        """);

    /// <summary>The type of a bare object.</summary>
    public static string TypeOf(string parent, string field) =>
        ByField.TryGetValue(field, out string? type) || ByParentAndField.TryGetValue(parent + "." + field, out type) ? type : $"?{parent}.{field}";

    private static FrozenDictionary<string, string> Parse(string table) => table
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(':', StringSplitOptions.TrimEntries))
        .SelectMany(line => line[1].Split(' ').Select(field => KeyValuePair.Create(field, line[0])))
        .ToFrozenDictionary(StringComparer.Ordinal);
}
