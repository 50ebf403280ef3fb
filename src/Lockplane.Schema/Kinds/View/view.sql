SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, r.oid, r.schema, r.name, NULL AS part, NULL AS signature, col.attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(c.relowner),
        'columns', coalesce(col.columns, '[]'::json),
        'definition', pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid), ';'),
        'security_barrier', coalesce(o.security_barrier, false),
        'security_invoker', coalesce(o.security_invoker, false),
        'check_option', o.check_option)) AS facts
FROM relation r
JOIN pg_catalog.pg_class c ON c.oid = r.oid
LEFT JOIN view_column col ON col.oid = r.oid
LEFT JOIN LATERAL (
    SELECT pg_catalog.bool_or(x.option_value::bool) FILTER (WHERE x.option_name = 'security_barrier') AS security_barrier,
        pg_catalog.bool_or(x.option_value::bool) FILTER (WHERE x.option_name = 'security_invoker') AS security_invoker,
        pg_catalog.max(x.option_value) FILTER (WHERE x.option_name = 'check_option') AS check_option
    FROM pg_catalog.pg_options_to_table(c.reloptions) x
) o ON true
WHERE r.kind = 'v'
