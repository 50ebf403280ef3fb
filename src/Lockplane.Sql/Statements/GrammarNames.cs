namespace Lockplane.Sql.Statements;

/// <summary>The names under which servers of older majors look for a function where the grammar of a newer one has a form of its own.</summary>
/// <remarks>JSON's constructors and aggregates are in the grammar since Postgres 16, its queries and JSON_TABLE since 17, as merge_action() is.</remarks>
internal static class GrammarNames
{
    /// <summary>The name that such a form is written with; null for other nodes.</summary>
    /// <param name="type">The node's type.</param>
    /// <param name="op">The operation of a JsonFuncExpr.</param>
    public static string? Of(string type, string? op) => type switch
    {
        "JsonScalarExpr" => "json_scalar",
        "JsonParseExpr" => "json",
        "JsonSerializeExpr" => "json_serialize",
        "JsonObjectConstructor" => "json_object",
        "JsonArrayConstructor" or "JsonArrayQueryConstructor" => "json_array",
        "JsonObjectAgg" => "json_objectagg",
        "JsonArrayAgg" => "json_arrayagg",
        "JsonTable" => "json_table",
        "MergeSupportFunc" => "merge_action",
        "JsonFuncExpr" => op switch
        {
            "JSON_EXISTS_OP" => "json_exists",
            "JSON_VALUE_OP" => "json_value",
            _ => "json_query",
        },
        _ => null,
    };
}
