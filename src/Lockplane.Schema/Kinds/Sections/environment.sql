-- Recorded beside the facts, not hashed.
SELECT 'server_version' AS name, pg_catalog.current_setting('server_version') AS value
UNION ALL
SELECT 'extension ' || x.extname, x.extversion FROM pg_catalog.pg_extension x
UNION ALL
SELECT field.name, field.value
FROM pg_catalog.pg_database db
CROSS JOIN LATERAL (VALUES
    ('database', db.datname::text), ('owner', pg_catalog.pg_get_userbyid(db.datdba)::text),
    ('encoding', pg_catalog.pg_encoding_to_char(db.encoding)::text), ('collate', db.datcollate), ('ctype', db.datctype), ('collation version', db.datcollversion)
) AS field (name, value)
WHERE db.datname = pg_catalog.current_database() AND field.value IS NOT NULL
