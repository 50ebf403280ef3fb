SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, r.oid, r.schema, r.name, NULL AS part, NULL AS signature, col.attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(c.relowner),
        'columns', coalesce(col.columns, '[]'::json),
        'server', fs.srvname,
        'options', {{options ft.ftoptions}},
        'column_options', (
            SELECT pg_catalog.json_agg(pg_catalog.json_build_object('column', a.attname, 'options', {{options a.attfdwoptions}}) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = r.oid AND a.attfdwoptions IS NOT NULL AND NOT a.attisdropped),
        'inherits', (
            SELECT pg_catalog.json_agg(pg_catalog.quote_ident(p.schema) || '.' || pg_catalog.quote_ident(p.name) ORDER BY i.inhseqno)
            FROM pg_catalog.pg_inherits i JOIN relation p ON p.oid = i.inhparent WHERE i.inhrelid = r.oid),
        'partition_bound', CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END)) AS facts
FROM relation r
JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN pg_catalog.pg_foreign_table ft ON ft.ftrelid = r.oid
JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver
LEFT JOIN view_column col ON col.oid = r.oid
