SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, r.oid, r.schema, r.name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'table', t.name,
        'unique', ix.indisunique,
        -- All between USING and the storage parameters or the predicate.
        'definition', CASE WHEN pg_catalog.right(body.text, pg_catalog.length(settings.text)) = settings.text
            THEN pg_catalog.left(body.text, pg_catalog.length(body.text) - pg_catalog.length(settings.text)) ELSE body.text END,
        'predicate', predicate.text,
        'options', {{parameters c.reloptions}},
        'tablespace', ts.spcname,
        'statistics', stats.targets,
        'invalid', CASE WHEN NOT ix.indisvalid THEN true END,
        'attached_to', CASE
            WHEN upper_constraint.oid IS NOT NULL THEN pg_catalog.json_build_object(
                'kind', 'constraint', 'schema', upper_table.schema, 'name', upper_table.name, 'part', upper_constraint.conname)
            WHEN upper_index.oid IS NOT NULL THEN pg_catalog.json_build_object('kind', 'index', 'schema', upper_index.schema, 'name', upper_index.name) END,
        'has_expressions', ix.indexprs IS NOT NULL OR ix.indpred IS NOT NULL)) AS facts
FROM pg_catalog.pg_index ix
JOIN relation t ON t.oid = ix.indrelid
JOIN relation r ON r.oid = ix.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = ix.indexrelid
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN index_statistics stats ON stats.attrelid = ix.indexrelid
LEFT JOIN pg_catalog.pg_inherits up ON up.inhrelid = ix.indexrelid
LEFT JOIN relation upper_index ON upper_index.oid = up.inhparent
LEFT JOIN pg_catalog.pg_constraint upper_constraint ON upper_constraint.conindid = up.inhparent AND upper_constraint.contype IN ('p', 'u', 'x')
LEFT JOIN relation upper_table ON upper_table.oid = upper_constraint.conrelid
LEFT JOIN constraint_index behind ON behind.oid = ix.indexrelid
CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_expr(ix.indpred, ix.indrelid) AS text) predicate
CROSS JOIN LATERAL (SELECT pg_catalog.substr(pg_catalog.pg_get_indexdef(r.oid), 1 + pg_catalog.length(
    'CREATE ' || CASE WHEN ix.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX ' || pg_catalog.quote_ident(r.name)
    || CASE WHEN r.kind = 'I' THEN ' ON ONLY ' ELSE ' ON ' END || pg_catalog.quote_ident(t.schema) || '.' || pg_catalog.quote_ident(t.name) || ' USING ')) AS text) whole
CROSS JOIN LATERAL (SELECT pg_catalog.left(whole.text, pg_catalog.length(whole.text) - coalesce(pg_catalog.length(' WHERE ' || predicate.text), 0)) AS text) body
CROSS JOIN LATERAL (SELECT coalesce(' WITH (' || pg_catalog.string_agg(pg_catalog.quote_ident(x.option_name) || '='
    || CASE WHEN pg_catalog.quote_ident(x.option_value) = x.option_value THEN x.option_value ELSE pg_catalog.quote_literal(x.option_value) END, ', ') || ')', '') AS text
    FROM pg_catalog.pg_options_to_table(c.reloptions) x) settings
WHERE behind.oid IS NULL
