SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass AS classid, cv.oid, n.nspname::text AS schema, cv.conname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(cv.conowner),
        'default', cv.condefault,
        'definition', 'FOR ' || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(cv.conforencoding)) || ' TO '
            || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(cv.contoencoding)) || ' FROM ' || (SELECT f.name FROM function_name f WHERE f.oid = cv.conproc))) AS facts
FROM pg_catalog.pg_conversion cv
JOIN pg_catalog.pg_namespace n ON n.oid = cv.connamespace
WHERE cv.oid >= 16384
