SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass AS classid, op.oid, n.nspname::text AS schema, op.oprname::text AS name, NULL AS part, o.signature AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(op.oprowner),
        'definition', '(' || pg_catalog.concat_ws(', ',
            'FUNCTION = ' || (SELECT f.name FROM function_name f WHERE f.oid = op.oprcode),
            'LEFTARG = ' || pg_catalog.format_type(nullif(op.oprleft, 0), NULL),
            'RIGHTARG = ' || pg_catalog.format_type(op.oprright, NULL),
            'COMMUTATOR = ' || (SELECT 'OPERATOR(' || o.name || ')' FROM operator_name o WHERE o.oid = op.oprcom),
            'NEGATOR = ' || (SELECT 'OPERATOR(' || o.name || ')' FROM operator_name o WHERE o.oid = op.oprnegate),
            'RESTRICT = ' || (SELECT f.name FROM function_name f WHERE f.oid = op.oprrest),
            'JOIN = ' || (SELECT f.name FROM function_name f WHERE f.oid = op.oprjoin),
            CASE WHEN op.oprcanhash THEN 'HASHES' END,
            CASE WHEN op.oprcanmerge THEN 'MERGES' END) || ')')) AS facts
FROM pg_catalog.pg_operator op
JOIN pg_catalog.pg_namespace n ON n.oid = op.oprnamespace
JOIN operator_name o ON o.oid = op.oid
-- One that was only named by another has no function yet.
WHERE op.oid >= 16384 AND op.oprcode <> 0
