SELECT 'pg_catalog.pg_type'::pg_catalog.regclass AS classid, ty.oid, n.nspname::text AS schema, ty.typname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(ty.typowner),
        'type', pg_catalog.format_type(ty.typbasetype, ty.typtypmod),
        'collation', CASE WHEN ty.typcollation <> base.typcollation THEN (SELECT co.name FROM collation_name co WHERE co.oid = ty.typcollation) END,
        -- A domain over another takes that one's default, where nothing is said.
        'default', coalesce(pg_catalog.pg_get_expr(ty.typdefaultbin, 0), CASE WHEN base.typtype = 'd' AND base.typdefaultbin IS NOT NULL THEN 'NULL' END),
        'not_null', ty.typnotnull,
        -- From 17 on it is a constraint with a name.
        'not_null_name', CASE WHEN nn.conname <> ty.typname || '_not_null' THEN nn.conname END)) AS facts
FROM pg_catalog.pg_type ty
JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace
JOIN pg_catalog.pg_type base ON base.oid = ty.typbasetype
LEFT JOIN pg_catalog.pg_constraint nn ON nn.contypid = ty.oid AND nn.contype = 'n'
WHERE ty.oid >= 16384 AND ty.typtype = 'd'
