-- Owners other than the database's, and privileges other than those that an object is made with: initdb's, Postgres's own
-- defaults, or what ALTER DEFAULT PRIVILEGES says for its owner and schema.
SELECT 'unmodelled', fact.name, o.schema, o.name, NULL, o.id::text
FROM (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, r.oid, CASE WHEN r.relkind = 'S' THEN 'S' ELSE 'r' END AS type,
        c.relowner AS owner, c.relnamespace AS namespace, c.relacl AS acl, r.schema::text AS schema, r.name::text AS name, i.id, false AS owner_counts
    FROM relation r
    JOIN relation_id i ON i.oid = r.oid
    JOIN pg_catalog.pg_class c ON c.oid = r.oid
    WHERE c.relacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 'n', n.nspowner, 0, n.nspacl, NULL, n.nspname,
        pg_catalog.json_build_object('kind', 'schema', 'name', n.nspname),
        n.nspowner <> 'pg_database_owner'::pg_catalog.regrole OR n.nspname <> 'public'
    FROM user_schema n
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'f', p.proowner, p.pronamespace, p.proacl, n.nspname,
        p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')', NULL, true
    FROM pg_catalog.pg_proc p JOIN probed_schema n ON n.oid = p.pronamespace
    WHERE p.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, ty.oid, 'T', ty.typowner, ty.typnamespace, ty.typacl, n.nspname, ty.typname, NULL, true
    FROM pg_catalog.pg_type ty JOIN probed_schema n ON n.oid = ty.typnamespace
    WHERE ty.oid >= 16384 AND ty.typtype IN ('e', 'd', 'r')
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 'l', l.lanowner, 0, l.lanacl, NULL, l.lanname, NULL, false
    FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, fs.oid, 'S', fs.srvowner, 0, fs.srvacl, NULL, fs.srvname, NULL, true
    FROM pg_catalog.pg_foreign_server fs
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, fd.oid, 'F', fd.fdwowner, 0, fd.fdwacl, NULL, fd.fdwname, NULL, true
    FROM pg_catalog.pg_foreign_data_wrapper fd
    UNION ALL
    SELECT 'pg_catalog.pg_database'::pg_catalog.regclass, db.oid, 'd', db.datdba, 0, db.datacl, NULL, 'database', NULL, false
    FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database() AND db.datacl IS NOT NULL
) o
LEFT JOIN pg_catalog.pg_init_privs ip ON ip.classoid = o.classid AND ip.objoid = o.oid AND ip.objsubid = 0
LEFT JOIN pg_catalog.pg_default_acl everywhere
    ON everywhere.defaclrole = o.owner AND everywhere.defaclnamespace = 0
    AND everywhere.defaclobjtype = o.type::"char" AND o.classid <> 'pg_catalog.pg_foreign_server'::pg_catalog.regclass
LEFT JOIN pg_catalog.pg_default_acl here
    ON here.defaclrole = o.owner AND here.defaclnamespace = o.namespace AND o.namespace <> 0 AND here.defaclobjtype = o.type::"char"
CROSS JOIN LATERAL (VALUES
    ('owner', o.owner_counts AND o.owner <> (
        SELECT db.datdba FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())),
    ('privileges', o.acl IS NOT NULL AND (
        SELECT coalesce(pg_catalog.array_agg(DISTINCT held::text COLLATE "C"), '{}')
        FROM pg_catalog.aclexplode(o.acl) held
    ) <> (
        SELECT coalesce(pg_catalog.array_agg(DISTINCT given::text COLLATE "C"), '{}')
        FROM (
            SELECT a FROM pg_catalog.aclexplode(coalesce(
                ip.initprivs, everywhere.defaclacl,
                pg_catalog.acldefault(CASE WHEN o.type = 'S' AND o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN 's' ELSE o.type END::"char", o.owner))) a
            UNION ALL
            SELECT a FROM pg_catalog.aclexplode(here.defaclacl) a
        ) AS made (given)
    ))
) AS fact (name, holds)
WHERE fact.holds
  AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = o.classid AND e.objid = o.oid)
UNION ALL
-- Privileges on Postgres's own functions and relations that were changed after initdb; those that `lockplane harden` takes away are its to check,
-- so that a plan made where they stand fits where they do not.
SELECT 'unmodelled', 'privileges', n.nspname, p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')', NULL, NULL
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_init_privs ip
    ON ip.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND ip.objoid = p.oid AND ip.objsubid = 0
WHERE n.nspname = 'pg_catalog' AND p.oid < 16384 AND p.proname <> 'set_config' AND p.proacl IS DISTINCT FROM ip.initprivs
UNION ALL
SELECT 'unmodelled', 'privileges', n.nspname, c.relname, NULL, NULL
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_init_privs ip
    ON ip.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND ip.objoid = c.oid AND ip.objsubid = 0
WHERE n.nspname = 'pg_catalog' AND c.oid < 16384 AND c.relname <> 'pg_settings' AND c.relacl IS DISTINCT FROM ip.initprivs
