using System.Collections.Frozen;
using Lockplane.Sql.Statements;

namespace Lockplane.Schema.Dsl;

/// <summary>Functions that a statement calls while a plan is applied: they run with the rights of the role that applies.</summary>
internal static class CallRules
{
    // These run SQL that they are given as text, reach files or other sessions, or change settings: no schema needs them.
    private static readonly FrozenSet<string> Refused = Names(
        """
        query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml table_to_xmlschema table_to_xml_and_xmlschema
        schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema database_to_xml_and_xmlschema ts_stat ts_rewrite
        crosstab crosstab2 crosstab3 crosstab4 connectby xpath_table dblink dblink_exec dblink_connect dblink_connect_u dblink_open dblink_send_query
        set_config lo_import lo_export lo_creat lo_create lo_open lo_put lo_unlink lo_from_bytea lowrite loread
        pg_read_file pg_read_binary_file pg_ls_dir pg_stat_file pg_cancel_backend pg_terminate_backend pg_sleep pg_sleep_for pg_sleep_until
        pg_reload_conf pg_rotate_logfile pg_switch_wal pg_logical_emit_message pg_notify
        """);

    // These only compute, or take the next number of a sequence.
    private static readonly FrozenSet<string> Harmless = Names(
        """
        now clock_timestamp statement_timestamp transaction_timestamp timezone date_trunc date_part date_bin extract age make_date make_time make_timestamp make_timestamptz make_interval
        to_char to_date to_timestamp to_number gen_random_uuid uuidv4 uuidv7 random md5 sha256 sha512 encode decode digest nextval currval current_setting
        lower upper initcap length char_length octet_length bit_length btrim ltrim rtrim trim substr substring left right replace translate split_part position strpos
        starts_with concat concat_ws format repeat reverse lpad rpad ascii chr regexp_replace regexp_match regexp_like regexp_split_to_array normalize
        abs ceil ceiling floor round trunc sign mod power sqrt exp ln log greatest least numeric int4 int8 text
        array_length array_position array_append array_to_string string_to_array cardinality unnest
        jsonb_typeof json_typeof jsonb_array_length json_array_length jsonb_build_object json_build_object jsonb_extract_path jsonb_extract_path_text to_json to_jsonb
        to_tsvector to_tsquery plainto_tsquery setweight int4range int8range numrange tsrange tstzrange daterange lower_inc upper_inc isempty
        count sum min max avg string_agg array_agg jsonb_agg coalesce generate_series row_number rank inet_same_family family host
        """);

    /// <summary>The first name of a function that no schema file and no plan may call, <c>('...').pg_read_file</c> included; null when there is none.</summary>
    public static string? FindRefused(Statement statement) => statement.Calls.Where(call => call.Form != CallForm.Grammar).Select(call => call.Name)
        .Concat(statement.Attributes.Select(attribute => attribute.Name)).FirstOrDefault(Refused.Contains);

    /// <summary>Whether Postgres's own function of this name only computes.</summary>
    public static bool IsHarmless(string name) => Harmless.Contains(name);

    /// <summary>The first call of a function that is not known to be harmless: a person decides. Null when there is none.</summary>
    public static CallFact? FindUnknown(Statement statement) =>
        statement.Calls.FirstOrDefault(call => call.Form != CallForm.Grammar && (call.Schema is not (null or "pg_catalog") || !Harmless.Contains(call.Name)));

    private static FrozenSet<string> Names(string text) =>
        text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet(StringComparer.Ordinal);
}
