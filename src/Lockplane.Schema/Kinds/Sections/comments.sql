-- Comments; initdb's on schema public and those that come with an extension are no facts of the user's.
SELECT d.classoid AS classid, d.objoid AS oid, d.objsubid AS subid, pg_catalog.to_json(d.description) AS json
FROM pg_catalog.pg_description d
LEFT JOIN pg_catalog.pg_extension x ON x.oid = d.objoid AND d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass
LEFT JOIN available_extension a ON a.name = x.extname
-- Those of not-null constraints are facts of the columns.
LEFT JOIN pg_catalog.pg_constraint nn ON nn.oid = d.objoid AND nn.contype = 'n' AND nn.conrelid <> 0 AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
WHERE (d.objoid >= 16384 AND x.oid IS NULL AND nn.oid IS NULL)
   OR (x.oid IS NOT NULL AND d.description IS DISTINCT FROM a.comment)
   OR (d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.description <> 'standard public schema'
    AND d.objoid = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'))
