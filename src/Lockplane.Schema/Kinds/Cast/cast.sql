SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass AS classid, ca.oid, NULL AS schema, pg_catalog.format_type(ca.castsource, NULL) || ' AS ' || pg_catalog.format_type(ca.casttarget, NULL) AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'definition', CASE ca.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || (SELECT f.signature FROM function_name f WHERE f.oid = ca.castfunc) WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END
            || CASE ca.castcontext WHEN 'i' THEN ' AS IMPLICIT' WHEN 'a' THEN ' AS ASSIGNMENT' ELSE '' END)) AS facts
FROM pg_catalog.pg_cast ca
-- Those from a range to its multirange belong to the range type.
WHERE ca.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND d.objid = ca.oid AND d.deptype = 'i')
