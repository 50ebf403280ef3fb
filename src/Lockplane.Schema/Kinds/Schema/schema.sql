SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass AS classid, n.oid, NULL AS schema, n.nspname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_build_object('owner', pg_catalog.pg_get_userbyid(n.nspowner)) AS facts
FROM pg_catalog.pg_namespace n
-- public has an OID of initdb's.
WHERE n.oid >= 16384 OR n.nspname = 'public'
