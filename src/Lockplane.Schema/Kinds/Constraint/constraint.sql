SELECT 'object', 'constraint', t.nspname, t.relname, con.conname, pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
    'type', CASE con.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check' ELSE 'foreign key' END,
    'columns', (
        SELECT CASE WHEN con.contype = 'c'
            THEN pg_catalog.json_agg(a.attname ORDER BY a.attname::text COLLATE "C")
            ELSE pg_catalog.json_agg(a.attname ORDER BY k.place) END
        FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum),
    'include', CASE WHEN ix.indnatts > ix.indnkeyatts THEN (
        SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)
        FROM pg_catalog.unnest(ix.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
        WHERE k.place > ix.indnkeyatts) END,
    'nulls_not_distinct', coalesce(ix.indnullsnotdistinct, false),
    'expression', CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid) END,
    'no_inherit', con.contype = 'c' AND con.connoinherit,
    'references', CASE WHEN con.contype = 'f' THEN pg_catalog.json_build_object(
        'schema', other_schema.nspname,
        'table', other.relname,
        'columns', (
            SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)
            FROM pg_catalog.unnest(con.confkey) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.attnum),
        'match_full', con.confmatchtype = 'f',
        'on_update', CASE con.confupdtype
            WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
        'on_delete', CASE con.confdeltype
            WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
        'on_delete_columns', (
            SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY k.place), '[]'::json)
            FROM pg_catalog.unnest(con.confdelsetcols) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum)) END,
    'deferrable', con.condeferrable,
    'initially_deferred', con.condeferred,
    'not_valid', NOT con.convalidated,
    'not_enforced', {{not_enforced}}))::text
FROM pg_catalog.pg_constraint con
JOIN modelled_table t ON t.oid = con.conrelid
LEFT JOIN pg_catalog.pg_index ix ON ix.indexrelid = con.conindid AND con.contype IN ('p', 'u')
LEFT JOIN pg_catalog.pg_class other ON other.oid = con.confrelid
LEFT JOIN pg_catalog.pg_namespace other_schema ON other_schema.oid = other.relnamespace
WHERE con.contype IN ('p', 'u', 'c', 'f') AND con.conparentid = 0 AND NOT {{temporal}}
