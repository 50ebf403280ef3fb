SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass AS classid, fa.oid, n.nspname::text AS schema, fa.opfname::text AS name, NULL AS part, ' USING ' || pg_catalog.quote_ident(am.amname) AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(fa.opfowner),
        -- Those that hang on no class of the family.
        'members', (
            SELECT pg_catalog.json_agg(m.text ORDER BY m.text COLLATE "C")
            FROM (
                SELECT 'OPERATOR ' || ao.amopstrategy || ' ' || o.name || o.signature || coalesce(' FOR ORDER BY ' || (
                    SELECT pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(sf.opfname)
                    FROM pg_catalog.pg_opfamily sf JOIN pg_catalog.pg_namespace sn ON sn.oid = sf.opfnamespace WHERE sf.oid = ao.amopsortfamily), '') AS text
                FROM pg_catalog.pg_depend d
                JOIN pg_catalog.pg_amop ao ON ao.oid = d.objid
                JOIN operator_name o ON o.oid = ao.amopopr
                WHERE d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND d.refobjid = fa.oid
                UNION ALL
                SELECT 'FUNCTION ' || ap.amprocnum || ' (' || pg_catalog.format_type(ap.amproclefttype, NULL) || ', ' || pg_catalog.format_type(ap.amprocrighttype, NULL) || ') ' || f.signature
                FROM pg_catalog.pg_depend d
                JOIN pg_catalog.pg_amproc ap ON ap.oid = d.objid
                JOIN function_name f ON f.oid = ap.amproc
                WHERE d.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND d.refobjid = fa.oid
            ) m))) AS facts
FROM pg_catalog.pg_opfamily fa
JOIN pg_catalog.pg_namespace n ON n.oid = fa.opfnamespace
JOIN pg_catalog.pg_am am ON am.oid = fa.opfmethod
WHERE fa.oid >= 16384
