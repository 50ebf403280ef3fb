SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, r.oid, r.schema, r.name, NULL AS part, NULL AS signature, col.attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(c.relowner),
        'columns', coalesce(col.columns, '[]'::json),
        'definition', pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid), ';'),
        'access_method', CASE WHEN am.amname <> 'heap' THEN am.amname END,
        'tablespace', ts.spcname,
        'cluster_index', (
            SELECT i.relname FROM pg_catalog.pg_index ix JOIN pg_catalog.pg_class i ON i.oid = ix.indexrelid WHERE ix.indrelid = r.oid AND ix.indisclustered),
        'storage', {{parameters c.reloptions toast.reloptions}})) AS facts
FROM relation r
JOIN pg_catalog.pg_class c ON c.oid = r.oid
LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN view_column col ON col.oid = r.oid
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
WHERE r.kind = 'm'
