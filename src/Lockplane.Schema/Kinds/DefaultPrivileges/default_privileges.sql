SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass AS classid, held.oid, held.schema, pg_catalog.pg_get_userbyid(held.owner) AS name, NULL AS part,
    ' ON ' || held.word AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'granted', {{entries held.acl held.base held.owner}},
        'revoked', {{entries held.base held.acl held.owner}})) AS facts
FROM (
    SELECT da.oid, n.nspname AS schema, da.defaclrole AS owner, da.defaclacl AS acl, kind.word,
        -- What is said for a schema comes on top of what holds everywhere.
        CASE WHEN n.oid IS NULL THEN pg_catalog.acldefault(kind.code::"char", da.defaclrole) END AS base
    FROM pg_catalog.pg_default_acl da
    JOIN (VALUES ('r', 'TABLES', 'r'), ('S', 'SEQUENCES', 's'), ('f', 'FUNCTIONS', 'f'), ('T', 'TYPES', 'T'), ('n', 'SCHEMAS', 'n'), ('L', 'LARGE OBJECTS', 'L'))
        AS kind (type, word, code) ON kind.type = da.defaclobjtype::text
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = da.defaclnamespace
) held
