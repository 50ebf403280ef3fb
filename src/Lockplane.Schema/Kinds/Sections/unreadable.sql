-- What the reading role may not see: options of other users' mappings. As the view pg_user_mappings decides it.
SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass AS classid, um.umid AS oid
FROM pg_catalog.pg_user_mappings um
JOIN pg_catalog.pg_foreign_server fs ON fs.oid = um.srvid
WHERE um.umoptions IS NULL AND NOT coalesce(
    (um.umuser <> 0 AND um.usename = current_user AND (pg_catalog.pg_has_role(fs.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(um.srvid, 'USAGE')))
    OR (um.umuser = 0 AND pg_catalog.pg_has_role(fs.srvowner, 'USAGE'))
    OR (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user), false)
