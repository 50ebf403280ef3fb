SELECT 'object', 'index', t.nspname, c.relname, NULL, pg_catalog.json_build_object(
    'table', t.relname,
    'unique', ix.indisunique,
    'definition', pg_catalog.substr(pg_catalog.pg_get_indexdef(c.oid), 1 + pg_catalog.length(
        'CREATE ' || CASE WHEN ix.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX ' || pg_catalog.quote_ident(c.relname)
        || ' ON ' || pg_catalog.quote_ident(t.nspname) || '.' || pg_catalog.quote_ident(t.relname) || ' USING ')),
    'uses', (
        SELECT coalesce(pg_catalog.json_agg(DISTINCT u.attname::text COLLATE "C"), '[]'::json)
        FROM pg_catalog.pg_depend dep
        JOIN pg_catalog.pg_attribute u ON u.attrelid = dep.refobjid AND u.attnum = dep.refobjsubid
        WHERE dep.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dep.objid = c.oid
          AND dep.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND dep.refobjid = t.oid AND dep.refobjsubid > 0),
    'has_expressions', ix.indexprs IS NOT NULL OR ix.indpred IS NOT NULL)::text
FROM pg_catalog.pg_index ix
JOIN modelled_table t ON t.oid = ix.indrelid
JOIN pg_catalog.pg_class c ON c.oid = ix.indexrelid
-- An unfinished index cannot be made by any statement; it is listed as unmodelled.
WHERE ix.indisvalid AND NOT EXISTS (SELECT FROM constraint_index ci WHERE ci.oid = c.oid)
