SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass AS classid, pol.oid, r.schema, r.name, pol.polname::text AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'restrictive', NOT pol.polpermissive,
        'command', CASE pol.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        'roles', (
            SELECT pg_catalog.json_agg(role.name ORDER BY role.name COLLATE "C")
            FROM (SELECT pg_catalog.pg_get_userbyid(u)::text AS name FROM pg_catalog.unnest(pol.polroles) AS u WHERE u <> 0) role),
        'using', pg_catalog.pg_get_expr(pol.polqual, pol.polrelid),
        'check', pg_catalog.pg_get_expr(pol.polwithcheck, pol.polrelid))) AS facts
FROM pg_catalog.pg_policy pol
JOIN relation r ON r.oid = pol.polrelid
