SELECT 'object', 'sequence', n.nspname, c.relname, NULL, pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
    'options', o.options,
    'unlogged', c.relpersistence = 'u',
    'owned_by_table', owner.relname,
    'owned_by_column', owning.attname))::text
FROM pg_catalog.pg_class c
JOIN user_schema n ON n.oid = c.relnamespace
JOIN sequence_option o ON o.oid = c.oid
LEFT JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype = 'a'
LEFT JOIN pg_catalog.pg_class owner ON owner.oid = d.refobjid
LEFT JOIN pg_catalog.pg_attribute owning ON owning.attrelid = d.refobjid AND owning.attnum = d.refobjsubid
WHERE c.relkind = 'S' AND c.relpersistence IN ('p', 'u')
  AND NOT EXISTS (SELECT FROM identity_sequence i WHERE i.oid = c.oid)
  AND NOT EXISTS (
      SELECT FROM extension_member e
      WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid)
