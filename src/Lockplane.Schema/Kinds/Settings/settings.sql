SELECT 'pg_catalog.pg_db_role_setting'::pg_catalog.regclass AS classid, s.setrole AS oid, NULL AS schema,
    CASE WHEN s.setrole = 0 THEN 'database' ELSE pg_catalog.pg_get_userbyid(s.setrole)::text END AS name, NULL AS part,
    CASE WHEN s.setrole <> 0 THEN ' IN DATABASE' END AS signature, NULL AS attnums,
    pg_catalog.json_build_object('settings', (
        SELECT pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
            'name', one.name,
            'value', CASE WHEN NOT one.is_secret THEN one.value END,
            'secret', one.is_secret)) ORDER BY one.name COLLATE "C")
        FROM (
            SELECT pg_catalog.split_part(item, '=', 1) AS name, pg_catalog.substr(item, pg_catalog.strpos(item, '=') + 1) AS value,
                -- A parameter of Postgres's own is none, password_encryption for one.
                pg_catalog.split_part(item, '=', 1) ~* '\..*(password|secret|token|key)|(password|secret|token|key).*\.' AS is_secret
            FROM pg_catalog.unnest(s.setconfig) AS item
        ) one)) AS facts
FROM pg_catalog.pg_db_role_setting s
WHERE s.setdatabase = (SELECT db.oid FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())
