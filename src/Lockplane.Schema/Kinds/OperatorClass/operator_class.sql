SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass AS classid, oc.oid, n.nspname::text AS schema, oc.opcname::text AS name, NULL AS part, ' USING ' || pg_catalog.quote_ident(am.amname) AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(oc.opcowner),
        'type', pg_catalog.format_type(oc.opcintype, NULL),
        'default', oc.opcdefault,
        'family', pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(fa.opfname),
        'storage', pg_catalog.format_type(nullif(oc.opckeytype, 0), NULL),
        'members', (
            SELECT pg_catalog.json_agg(m.text ORDER BY m.text COLLATE "C")
            FROM (
                SELECT 'OPERATOR ' || ao.amopstrategy || ' ' || o.name || o.signature || coalesce(' FOR ORDER BY ' || (
                    SELECT pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(sf.opfname)
                    FROM pg_catalog.pg_opfamily sf JOIN pg_catalog.pg_namespace sn ON sn.oid = sf.opfnamespace WHERE sf.oid = ao.amopsortfamily), '') AS text
                FROM pg_catalog.pg_depend d
                JOIN pg_catalog.pg_amop ao ON ao.oid = d.objid
                JOIN operator_name o ON o.oid = ao.amopopr
                WHERE d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.refobjid = oc.oid
                UNION ALL
                SELECT 'FUNCTION ' || ap.amprocnum || ' (' || pg_catalog.format_type(ap.amproclefttype, NULL) || ', ' || pg_catalog.format_type(ap.amprocrighttype, NULL) || ') ' || f.signature
                FROM pg_catalog.pg_depend d
                JOIN pg_catalog.pg_amproc ap ON ap.oid = d.objid
                JOIN function_name f ON f.oid = ap.amproc
                WHERE d.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.refobjid = oc.oid
            ) m))) AS facts
FROM pg_catalog.pg_opclass oc
JOIN pg_catalog.pg_namespace n ON n.oid = oc.opcnamespace
JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod
JOIN pg_catalog.pg_opfamily fa ON fa.oid = oc.opcfamily
JOIN pg_catalog.pg_namespace fn ON fn.oid = fa.opfnamespace
WHERE oc.oid >= 16384
