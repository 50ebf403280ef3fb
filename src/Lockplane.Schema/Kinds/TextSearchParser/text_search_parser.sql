SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass AS classid, ts.oid, n.nspname::text AS schema, ts.prsname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'definition', '(' || pg_catalog.concat_ws(', ',
            'START = ' || (SELECT f.name FROM function_name f WHERE f.oid = ts.prsstart),
            'GETTOKEN = ' || (SELECT f.name FROM function_name f WHERE f.oid = ts.prstoken),
            'END = ' || (SELECT f.name FROM function_name f WHERE f.oid = ts.prsend),
            'LEXTYPES = ' || (SELECT f.name FROM function_name f WHERE f.oid = ts.prslextype),
            'HEADLINE = ' || (SELECT f.name FROM function_name f WHERE f.oid = ts.prsheadline)) || ')')) AS facts
FROM pg_catalog.pg_ts_parser ts
JOIN pg_catalog.pg_namespace n ON n.oid = ts.prsnamespace
WHERE ts.oid >= 16384
