SELECT 'object', 'table', t.nspname, t.relname, NULL, pg_catalog.json_build_object(
    'unlogged', t.relpersistence = 'u',
    'columns', coalesce(listed.columns, '[]'::json))::text
FROM modelled_table t
LEFT JOIN (
    SELECT a.attrelid, pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'collation', (
            SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(co.collname)
            FROM pg_catalog.pg_collation co
            JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
            WHERE co.oid = a.attcollation AND a.attcollation <> ty.typcollation),
        'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
        -- From 18 on a not-null constraint can be not valid yet; that is listed as unmodelled.
        'not_null', a.attnotnull AND coalesce(nn.convalidated, true),
        'not_null_name', CASE WHEN nn.convalidated AND nn.conname <> t.relname || '_' || a.attname || '_not_null' THEN nn.conname END,
        'identity', CASE WHEN i.oid IS NOT NULL THEN pg_catalog.json_build_object(
            'always', a.attidentity = 'a', 'sequence', s.relname, 'options', o.options) END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.json_build_object(
            'expression', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
            'virtual', a.attgenerated = 'v',
            'uses', (
                SELECT coalesce(pg_catalog.json_agg(DISTINCT u.attname::text COLLATE "C"), '[]'::json)
                FROM pg_catalog.pg_depend dep
                JOIN pg_catalog.pg_attribute u ON u.attrelid = dep.refobjid AND u.attnum = dep.refobjsubid
                WHERE dep.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND dep.objid = d.oid
                  AND dep.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dep.refobjid = a.attrelid
                  AND dep.refobjsubid NOT IN (0, a.attnum))) END
        )) ORDER BY a.attnum) AS columns
    FROM modelled_table t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum
    LEFT JOIN identity_sequence i ON a.attidentity <> '' AND i.relid = a.attrelid AND i.attnum = a.attnum
    LEFT JOIN pg_catalog.pg_class s ON s.oid = i.oid
    LEFT JOIN sequence_option o ON o.oid = i.oid
    GROUP BY a.attrelid
) listed ON listed.attrelid = t.oid
