SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AS classid, fd.oid, NULL AS schema, fd.fdwname AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(fd.fdwowner),
        'handler', h.name,
        'validator', v.name,
        'options', {{options fd.fdwoptions}})) AS facts
FROM pg_catalog.pg_foreign_data_wrapper fd
LEFT JOIN function_name h ON h.oid = fd.fdwhandler
LEFT JOIN function_name v ON v.oid = fd.fdwvalidator
