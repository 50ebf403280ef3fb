-- Privileges on what initdb made, where they differ from those that initdb gave. What it gave in information_schema is in no list: everybody may read all but transforms, sql_parts and
-- what begins with _pg_.
SELECT held.classid, held.oid, held.schema, held.name, NULL AS part, held.signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'on', held.word,
        'granted', {{entries held.acl held.base held.owner}},
        'revoked', {{entries held.base held.acl held.owner}},
        'columns', col.columns)) AS facts
FROM (
    SELECT o.classid, o.oid, o.schema, o.name, o.signature, o.word, o.owner,
        coalesce(o.acl, pg_catalog.acldefault(o.type::"char", o.owner)) AS acl, coalesce(ip.initprivs, CASE
            WHEN o.word = 'TABLE' AND o.schema = 'information_schema' AND o.name !~ '^(_pg_.*|sql_parts|transforms)$'
                THEN pg_catalog.acldefault('r', o.owner) || pg_catalog.makeaclitem(0, o.owner, 'SELECT', false)
            WHEN o.word = 'SCHEMA' AND o.name = 'information_schema'
                THEN pg_catalog.acldefault('n', o.owner) || pg_catalog.makeaclitem(0, o.owner, 'USAGE', false)
            ELSE pg_catalog.acldefault(o.type::"char", o.owner) END) AS base
    FROM (
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS classid, c.oid, n.nspname::text AS schema, c.relname::text AS name, NULL AS signature, 'TABLE' AS word,
            c.relowner AS owner, c.relacl AS acl, 'r' AS type
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid < 16384 AND NOT (n.nspname = 'pg_catalog' AND c.relname = 'pg_settings')
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid, n.nspname, p.proname, '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')', 'ROUTINE',
            p.proowner, p.proacl, 'f'
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE p.oid < 16384 AND NOT (n.nspname = 'pg_catalog' AND p.proname = 'set_config')
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, ty.oid, n.nspname, ty.typname, ' (type)', 'TYPE', ty.typowner, ty.typacl, 'T'
        FROM pg_catalog.pg_type ty
        JOIN pg_catalog.pg_namespace n ON n.oid = ty.typnamespace
        WHERE ty.oid < 16384 AND ty.typacl IS NOT NULL
        UNION ALL
        SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid, n.oid, NULL, n.nspname, ' (schema)', 'SCHEMA', n.nspowner, n.nspacl, 'n'
        FROM pg_catalog.pg_namespace n
        WHERE n.oid < 16384 AND n.nspname IN ('pg_catalog', 'information_schema')
        UNION ALL
        SELECT 'pg_catalog.pg_language'::pg_catalog.regclass::pg_catalog.oid, l.oid, NULL, l.lanname, ' (language)', 'LANGUAGE', l.lanowner, l.lanacl, 'l'
        FROM pg_catalog.pg_language l
        WHERE l.oid < 16384
    ) o
    LEFT JOIN pg_catalog.pg_init_privs ip ON ip.classoid = o.classid AND ip.objoid = o.oid AND ip.objsubid = 0
    WHERE o.acl IS NOT NULL
       OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attacl IS NOT NULL AND a.attrelid = o.oid AND o.word = 'TABLE')
) held
LEFT JOIN (
    SELECT c.oid, pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'name', c.name,
        'granted', {{entries c.acl c.base c.owner}},
        'revoked', {{entries c.base c.acl c.owner}})) ORDER BY c.name COLLATE "C") AS columns
    FROM (
        SELECT r.oid, a.attname::text AS name, a.attacl AS acl, ip.initprivs AS base, r.relowner AS owner
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class r ON r.oid = a.attrelid
        LEFT JOIN pg_catalog.pg_init_privs ip ON ip.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND ip.objoid = r.oid AND ip.objsubid = a.attnum
        WHERE a.attrelid < 16384 AND a.attacl IS NOT NULL
    ) c
    WHERE c.base IS NULL OR NOT (c.acl @> c.base AND c.acl <@ c.base)
    GROUP BY c.oid
) col ON col.oid = held.oid AND held.word = 'TABLE'
WHERE NOT (held.acl @> held.base AND held.acl <@ held.base) OR col.columns IS NOT NULL
