SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass AS classid, oc.oid, n.nspname::text AS schema, oc.opcname::text AS name, NULL AS part, ' USING ' || pg_catalog.quote_ident(am.amname) AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(oc.opcowner),
        'type', pg_catalog.format_type(oc.opcintype, NULL),
        'default', oc.opcdefault,
        'family', pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(fa.opfname),
        'storage', pg_catalog.format_type(nullif(oc.opckeytype, 0), NULL),
        'members', (
            SELECT pg_catalog.json_agg(m.text ORDER BY m.text COLLATE "C")
            FROM operator_member m WHERE m.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND m.oid = oc.oid))) AS facts
FROM pg_catalog.pg_opclass oc
JOIN pg_catalog.pg_namespace n ON n.oid = oc.opcnamespace
JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod
JOIN pg_catalog.pg_opfamily fa ON fa.oid = oc.opcfamily
JOIN pg_catalog.pg_namespace fn ON fn.oid = fa.opfnamespace
WHERE oc.oid >= 16384
