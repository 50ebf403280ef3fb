SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass AS classid, fa.oid, n.nspname::text AS schema, fa.opfname::text AS name, NULL AS part, ' USING ' || pg_catalog.quote_ident(am.amname) AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(fa.opfowner),
        -- Those that hang on no class of the family.
        'members', (
            SELECT pg_catalog.json_agg(m.text ORDER BY m.text COLLATE "C")
            FROM operator_member m WHERE m.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND m.oid = fa.oid))) AS facts
FROM pg_catalog.pg_opfamily fa
JOIN pg_catalog.pg_namespace n ON n.oid = fa.opfnamespace
JOIN pg_catalog.pg_am am ON am.oid = fa.opfmethod
WHERE fa.oid >= 16384
