SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass AS classid, x.oid, NULL AS schema, x.extname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_build_object(
        'schema', n.nspname,
        'relocatable', x.extrelocatable) AS facts
FROM pg_catalog.pg_extension x
JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace
