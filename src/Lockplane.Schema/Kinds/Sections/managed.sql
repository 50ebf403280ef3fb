-- What somebody granted or revoked privileges on: its list is there, even where it says what Postgres does without one.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, c.oid FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND c.relacl IS NOT NULL
UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, a.attrelid FROM pg_catalog.pg_attribute a WHERE a.attrelid >= 16384 AND a.attacl IS NOT NULL
UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid FROM pg_catalog.pg_proc p WHERE p.oid >= 16384 AND p.proacl IS NOT NULL
UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, ty.oid FROM pg_catalog.pg_type ty WHERE ty.oid >= 16384 AND ty.typacl IS NOT NULL
UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid FROM pg_catalog.pg_language l WHERE l.oid >= 16384 AND l.lanacl IS NOT NULL
UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, fd.oid FROM pg_catalog.pg_foreign_data_wrapper fd WHERE fd.fdwacl IS NOT NULL
UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, fs.oid FROM pg_catalog.pg_foreign_server fs WHERE fs.srvacl IS NOT NULL
