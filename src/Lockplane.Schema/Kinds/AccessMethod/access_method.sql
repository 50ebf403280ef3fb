SELECT 'pg_catalog.pg_am'::pg_catalog.regclass AS classid, am.oid, NULL AS schema, am.amname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'definition', 'TYPE ' || CASE am.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END || ' HANDLER ' || (SELECT f.name FROM function_name f WHERE f.oid = am.amhandler))) AS facts
FROM pg_catalog.pg_am am
WHERE am.oid >= 16384
