-- Every dependency of what is not initdb's; the reader follows them to the objects that have a name.
SELECT d.classid, d.objid AS oid, d.objsubid AS subid, d.deptype::text AS kind, d.refclassid, d.refobjid, d.refobjsubid
FROM pg_catalog.pg_depend d
WHERE d.objid >= 16384 AND d.refobjid >= 16384
   OR d.objid >= 16384 AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
