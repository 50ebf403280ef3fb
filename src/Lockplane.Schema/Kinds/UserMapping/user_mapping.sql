-- Options are shown to superusers, to the user itself and, of PUBLIC's, to the server's owner; user names are no secret, nor is whether a password is asked for; all else is one.
SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass AS classid, um.umid AS oid, NULL AS schema, um.srvname AS name,
    CASE WHEN um.umuser = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(um.umuser)::text END AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object('options', (
        SELECT pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
            'name', x.option_name,
            'value', CASE WHEN x.option_name IN ('user', 'username', 'user_name', 'password_required') THEN x.option_value END,
            'secret', x.option_name NOT IN ('user', 'username', 'user_name', 'password_required'))) ORDER BY x.option_name COLLATE "C")
        FROM pg_catalog.pg_options_to_table(um.umoptions) x))) AS facts
FROM pg_catalog.pg_user_mappings um
