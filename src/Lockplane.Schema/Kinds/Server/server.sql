SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass AS classid, fs.oid, NULL AS schema, fs.srvname AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(fs.srvowner),
        'wrapper', fd.fdwname,
        'type', fs.srvtype,
        'version', fs.srvversion,
        'options', {{options fs.srvoptions}})) AS facts
FROM pg_catalog.pg_foreign_server fs
JOIN pg_catalog.pg_foreign_data_wrapper fd ON fd.oid = fs.srvfdw
