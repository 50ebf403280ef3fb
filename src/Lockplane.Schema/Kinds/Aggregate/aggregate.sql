SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, p.oid, n.nspname::text AS schema, p.proname::text AS name, NULL AS part, '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(p.proowner),
        'definition', '(' || CASE p.pronargs WHEN 0 THEN '*' ELSE pg_catalog.pg_get_function_arguments(p.oid) END || ') (' || pg_catalog.concat_ws(', ',
            'SFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggtransfn),
            'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
            'SSPACE = ' || nullif(a.aggtransspace, 0),
            'FINALFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggfinalfn),
            CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
            CASE a.aggfinalmodify WHEN CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char" THEN NULL WHEN 'r' THEN 'FINALFUNC_MODIFY = READ_ONLY' WHEN 's' THEN 'FINALFUNC_MODIFY = SHAREABLE' ELSE 'FINALFUNC_MODIFY = READ_WRITE' END,
            'COMBINEFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggcombinefn),
            'SERIALFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggserialfn),
            'DESERIALFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggdeserialfn),
            'INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
            'MSFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggmtransfn),
            'MINVFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggminvtransfn),
            'MSTYPE = ' || pg_catalog.format_type(nullif(a.aggmtranstype, 0), NULL),
            'MSSPACE = ' || nullif(a.aggmtransspace, 0),
            'MFINALFUNC = ' || (SELECT f.name FROM function_name f WHERE f.oid = a.aggmfinalfn),
            CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
            CASE WHEN a.aggmtransfn <> 0 THEN CASE a.aggmfinalmodify WHEN CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char" THEN NULL WHEN 'r' THEN 'MFINALFUNC_MODIFY = READ_ONLY' WHEN 's' THEN 'MFINALFUNC_MODIFY = SHAREABLE' ELSE 'MFINALFUNC_MODIFY = READ_WRITE' END END,
            'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
            'SORTOP = ' || (SELECT 'OPERATOR(' || o.name || ')' FROM operator_name o WHERE o.oid = a.aggsortop),
            CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
            CASE a.aggkind WHEN 'h' THEN 'HYPOTHETICAL' END) || ')')) AS facts
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.oid >= 16384
