-- Recorded beside the facts, not hashed.
SELECT 'environment', 'environment', NULL, 'server_version', NULL, pg_catalog.current_setting('server_version')
UNION ALL
SELECT 'environment', 'environment', NULL, 'extension ' || x.extname, NULL, x.extversion
FROM pg_catalog.pg_extension x
UNION ALL
SELECT 'environment', 'environment', NULL, 'encoding', NULL, pg_catalog.pg_encoding_to_char(db.encoding)
FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database()
UNION ALL
SELECT 'environment', 'environment', NULL, 'collate', NULL, db.datcollate
FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database()
UNION ALL
SELECT 'environment', 'environment', NULL, 'ctype', NULL, db.datctype
FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database()
UNION ALL
SELECT 'environment', 'environment', NULL, 'collation version', NULL, db.datcollversion
FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database() AND db.datcollversion IS NOT NULL
