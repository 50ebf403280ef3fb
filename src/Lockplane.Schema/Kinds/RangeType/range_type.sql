SELECT 'pg_catalog.pg_type'::pg_catalog.regclass AS classid, ty.oid, n.nspname::text AS schema, ty.typname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(ty.typowner),
        'subtype', pg_catalog.format_type(rg.rngsubtype, NULL),
        'operator_class', CASE WHEN NOT oc.opcdefault THEN pg_catalog.quote_ident(oc_schema.nspname) || '.' || pg_catalog.quote_ident(oc.opcname) END,
        'collation', CASE WHEN rg.rngcollation <> sub.typcollation THEN (SELECT co.name FROM collation_name co WHERE co.oid = rg.rngcollation) END,
        'canonical', (SELECT f.name FROM function_name f WHERE f.oid = rg.rngcanonical),
        'subtype_diff', (SELECT f.name FROM function_name f WHERE f.oid = rg.rngsubdiff),
        'multirange', pg_catalog.format_type(rg.rngmultitypid, NULL))) AS facts
FROM pg_catalog.pg_range rg
JOIN pg_catalog.pg_type ty ON ty.oid = rg.rngtypid
JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace
JOIN pg_catalog.pg_type sub ON sub.oid = rg.rngsubtype
JOIN pg_catalog.pg_opclass oc ON oc.oid = rg.rngsubopc
JOIN pg_catalog.pg_namespace oc_schema ON oc_schema.oid = oc.opcnamespace
WHERE ty.oid >= 16384
