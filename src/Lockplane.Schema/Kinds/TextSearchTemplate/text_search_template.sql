SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass AS classid, ts.oid, n.nspname::text AS schema, ts.tmplname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'definition', '(' || pg_catalog.concat_ws(', ',
            'INIT = ' || (SELECT f.name FROM function_name f WHERE f.oid = ts.tmplinit),
            'LEXIZE = ' || (SELECT f.name FROM function_name f WHERE f.oid = ts.tmpllexize)) || ')')) AS facts
FROM pg_catalog.pg_ts_template ts
JOIN pg_catalog.pg_namespace n ON n.oid = ts.tmplnamespace
WHERE ts.oid >= 16384
