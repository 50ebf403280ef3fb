SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass AS classid, ts.oid, n.nspname::text AS schema, ts.dictname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(ts.dictowner),
        'definition', '(TEMPLATE = ' || pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(te.tmplname) || coalesce(', ' || ts.dictinitoption, '') || ')')) AS facts
FROM pg_catalog.pg_ts_dict ts
JOIN pg_catalog.pg_ts_template te ON te.oid = ts.dicttemplate
JOIN pg_catalog.pg_namespace tn ON tn.oid = te.tmplnamespace
JOIN pg_catalog.pg_namespace n ON n.oid = ts.dictnamespace
WHERE ts.oid >= 16384
