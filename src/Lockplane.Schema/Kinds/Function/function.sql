SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, r.oid, r.schema AS schema, r.name AS name, NULL AS part, r.signature AS signature, NULL AS attnums,
    r.facts AS facts
FROM routine r WHERE r.kind IN ('f', 'w')
