SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass AS classid, con.oid, n.nspname::text AS schema, ty.typname::text AS name, con.conname::text AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_build_object(
        'expression', pg_catalog.pg_get_expr(con.conbin, 0),
        'not_valid', NOT con.convalidated) AS facts
FROM pg_catalog.pg_constraint con
JOIN pg_catalog.pg_type ty ON ty.oid = con.contypid
JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace
WHERE con.oid >= 16384 AND con.contype = 'c'
