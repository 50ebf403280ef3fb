SELECT 'pg_catalog.pg_type'::pg_catalog.regclass AS classid, ty.oid, n.nspname::text AS schema, ty.typname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(ty.typowner),
        'values', coalesce(listed.labels, '[]'::json)) AS facts
FROM pg_catalog.pg_type ty
JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace
LEFT JOIN (
    SELECT e.enumtypid, pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels FROM pg_catalog.pg_enum e GROUP BY e.enumtypid
) listed ON listed.enumtypid = ty.oid
WHERE ty.oid >= 16384 AND ty.typtype = 'e'
