SELECT 'pg_catalog.pg_type'::pg_catalog.regclass AS classid, ty.oid, n.nspname::text AS schema, ty.typname::text AS name, NULL AS part, NULL AS signature, listed.attnums AS attnums,
    pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(ty.typowner),
        'columns', coalesce(listed.columns, '[]'::json)) AS facts
FROM pg_catalog.pg_type ty
JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace
JOIN pg_catalog.pg_class c ON c.oid = ty.typrelid AND c.relkind = 'c'
LEFT JOIN (
    SELECT a.attrelid, pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS attnums, pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'collation', CASE WHEN a.attcollation <> base.typcollation THEN (SELECT co.name FROM collation_name co WHERE co.oid = a.attcollation) END
        )) ORDER BY a.attnum) AS columns
    FROM relation r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type base ON base.oid = a.atttypid
    WHERE r.kind = 'c'
    GROUP BY a.attrelid
) listed ON listed.attrelid = c.oid
WHERE ty.oid >= 16384
