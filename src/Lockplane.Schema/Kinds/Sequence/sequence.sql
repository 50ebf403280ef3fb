SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, r.oid, r.schema, r.name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(c.relowner),
        'options', o.options,
        'unlogged', r.persistence = 'u',
        'owned_by_table', owner.relname,
        'owned_by_column', owning.attname)) AS facts
FROM relation r
JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN sequence_option o ON o.oid = c.oid
LEFT JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype = 'a'
LEFT JOIN pg_catalog.pg_class owner ON owner.oid = d.refobjid
LEFT JOIN pg_catalog.pg_attribute owning ON owning.attrelid = d.refobjid AND owning.attnum = d.refobjsubid
WHERE NOT EXISTS (SELECT FROM identity_sequence i WHERE i.oid = c.oid)
