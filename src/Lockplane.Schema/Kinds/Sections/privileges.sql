-- Privileges as they differ from those that a new object has: Postgres's own defaults (of public: initdb's), whatever ALTER DEFAULT PRIVILEGES says.
SELECT held.classid, held.oid, held.subid, pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
    'granted', {{entries held.acl held.base held.owner}},
    'revoked', {{entries held.base held.acl held.owner}})) AS json
FROM (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, c.oid, 0 AS subid, c.relowner AS owner, c.relacl AS acl,
        pg_catalog.acldefault(CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS base
    FROM pg_catalog.pg_class c WHERE c.relacl IS NOT NULL AND c.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, a.attrelid, a.attnum, c.relowner, a.attacl, NULL
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND a.attrelid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 0, n.nspowner, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)), CASE WHEN n.nspname = 'public'
        THEN pg_catalog.acldefault('n', n.nspowner) || pg_catalog.makeaclitem(0, n.nspowner, 'USAGE', false)
        ELSE pg_catalog.acldefault('n', n.nspowner) END
    FROM pg_catalog.pg_namespace n WHERE (n.nspacl IS NOT NULL AND n.oid >= 16384) OR n.nspname = 'public'
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, p.proowner, p.proacl, pg_catalog.acldefault('f', p.proowner)
    FROM pg_catalog.pg_proc p WHERE p.proacl IS NOT NULL AND p.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, ty.oid, 0, ty.typowner, ty.typacl, pg_catalog.acldefault('T', ty.typowner)
    FROM pg_catalog.pg_type ty WHERE ty.typacl IS NOT NULL AND ty.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 0, l.lanowner, l.lanacl, pg_catalog.acldefault('l', l.lanowner)
    FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL AND l.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, fd.oid, 0, fd.fdwowner, fd.fdwacl, pg_catalog.acldefault('F', fd.fdwowner)
    FROM pg_catalog.pg_foreign_data_wrapper fd WHERE fd.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, fs.oid, 0, fs.srvowner, fs.srvacl, pg_catalog.acldefault('S', fs.srvowner)
    FROM pg_catalog.pg_foreign_server fs WHERE fs.srvacl IS NOT NULL
) held
WHERE held.base IS NULL OR NOT (held.acl @> held.base AND held.acl <@ held.base)
