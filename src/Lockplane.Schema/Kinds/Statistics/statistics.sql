SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AS classid, st.oid, n.nspname AS schema, st.stxname AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(st.stxowner),
        'definition', pg_catalog.substr(pg_catalog.pg_get_statisticsobjdef(st.oid), 1 + pg_catalog.length(
            'CREATE STATISTICS ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(st.stxname) || ' ')),
        'target', nullif(st.stxstattarget, -1))) AS facts
FROM pg_catalog.pg_statistic_ext st
JOIN pg_catalog.pg_namespace n ON n.oid = st.stxnamespace
