SELECT 'pg_catalog.pg_database'::pg_catalog.regclass AS classid, held.oid, NULL AS schema, 'database' AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'granted', {{entries held.acl held.base held.owner}},
        'revoked', {{entries held.base held.acl held.owner}})) AS facts
FROM (
    SELECT db.oid, db.datdba AS owner, db.datacl AS acl, pg_catalog.acldefault('d', db.datdba) AS base
    FROM pg_catalog.pg_database db
    WHERE db.datname = pg_catalog.current_database() AND db.datacl IS NOT NULL
) held
WHERE NOT (held.acl @> held.base AND held.acl <@ held.base)
