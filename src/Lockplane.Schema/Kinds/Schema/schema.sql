SELECT 'object' AS section, 'schema' AS kind, NULL::text AS schema, n.nspname::text AS name, NULL::text AS part, '{}'::text AS json
FROM user_schema n
