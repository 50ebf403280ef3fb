-- What a modelled object's SQL names that is neither Postgres's own nor modelled: types, functions, operators, collations, other relations.
SELECT DISTINCT 'requirement', needing.kind, needing.schema, needing.name, needing.part, pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
    'kind', needed.type,
    'schema', needed.schema,
    'name', CASE d.refclassid
        WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN (
            SELECT p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' FROM pg_catalog.pg_proc p WHERE p.oid = d.refobjid)
        WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN (SELECT c.relname::text FROM pg_catalog.pg_class c WHERE c.oid = d.refobjid)
        WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN (
            SELECT coalesce(element.typname, ty.typname)::text
            FROM pg_catalog.pg_type ty LEFT JOIN pg_catalog.pg_type element ON element.typarray = ty.oid WHERE ty.oid = d.refobjid)
        ELSE coalesce(needed.name, needed.identity) END))::text
FROM (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, t.oid, a.attnum::int AS objsubid,
        'column' AS kind, t.nspname AS schema, t.relname AS name, a.attname AS part
    FROM modelled_table t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid, 0, 'column', t.nspname, t.relname, a.attname
    FROM modelled_table t
    JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.adnum
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, con.oid, 0, 'constraint', t.nspname, t.relname, con.conname
    FROM modelled_table t
    JOIN pg_catalog.pg_constraint con ON con.conrelid = t.oid AND con.contype IN ('p', 'u', 'c', 'f') AND con.conparentid = 0
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, ix.indexrelid, 0, 'index', t.nspname, c.relname, NULL
    FROM modelled_table t
    JOIN pg_catalog.pg_index ix ON ix.indrelid = t.oid
    JOIN pg_catalog.pg_class c ON c.oid = ix.indexrelid
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0, 'sequence', n.nspname, c.relname, NULL
    FROM pg_catalog.pg_class c
    JOIN user_schema n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND NOT EXISTS (SELECT FROM identity_sequence i WHERE i.oid = c.oid)
      AND NOT EXISTS (
          SELECT FROM extension_member e
          WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid)
) needing
JOIN pg_catalog.pg_depend d
    ON d.classid = needing.classid AND d.objid = needing.oid AND d.objsubid = needing.objsubid AND d.refobjid >= 16384
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.refclassid, d.refobjid, 0) needed
WHERE d.refclassid IN (
        'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
        'pg_catalog.pg_collation'::pg_catalog.regclass, 'pg_catalog.pg_opclass'::pg_catalog.regclass,
        'pg_catalog.pg_opfamily'::pg_catalog.regclass, 'pg_catalog.pg_am'::pg_catalog.regclass,
        'pg_catalog.pg_ts_config'::pg_catalog.regclass, 'pg_catalog.pg_ts_dict'::pg_catalog.regclass)
   OR (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND NOT EXISTS (SELECT FROM modelled_table t WHERE t.oid = d.refobjid)
       -- The index behind a key that is referred to comes with its table.
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_index ix WHERE ix.indexrelid = d.refobjid))
