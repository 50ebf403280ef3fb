SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass AS classid, con.oid, t.schema, t.name, con.conname::text AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
    'type', CASE con.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion' WHEN 'c' THEN 'check' ELSE 'foreign key' END,
    'columns', CASE WHEN con.contype <> 'x' THEN (
        SELECT CASE WHEN con.contype = 'c'
            THEN pg_catalog.json_agg(a.attname ORDER BY a.attname::text COLLATE "C")
            ELSE pg_catalog.json_agg(a.attname ORDER BY k.place) END
        FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum) END,
    'include', CASE WHEN ix.indnatts > ix.indnkeyatts AND con.contype <> 'x' THEN (
        SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)
        FROM pg_catalog.unnest(ix.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
        WHERE k.place > ix.indnkeyatts) END,
    'period', {{18 ? con.conperiod AND con.contype <> 'x' : NULL}},
    'nulls_not_distinct', coalesce(ix.indnullsnotdistinct, false),
    'expression', CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid) END,
    'exclusion', CASE WHEN con.contype = 'x' THEN (
        SELECT pg_catalog.json_build_object(
            'definition', CASE WHEN pg_catalog.right(body.text, pg_catalog.length(settings.text)) = settings.text
                THEN pg_catalog.left(body.text, pg_catalog.length(body.text) - pg_catalog.length(settings.text)) ELSE body.text END,
            'predicate', pg_catalog.pg_get_expr(ix.indpred, ix.indrelid))
        FROM (SELECT pg_catalog.substr(pg_catalog.pg_get_constraintdef(con.oid), 9) AS text) whole
        CROSS JOIN LATERAL (SELECT CASE WHEN con.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN con.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END AS text) late
        CROSS JOIN LATERAL (SELECT coalesce(' WHERE (' || pg_catalog.pg_get_expr(ix.indpred, ix.indrelid) || ')', '') || late.text AS text) tail
        CROSS JOIN LATERAL (SELECT pg_catalog.left(whole.text, pg_catalog.length(whole.text) - pg_catalog.length(tail.text)) AS text) body
        CROSS JOIN LATERAL (SELECT coalesce(' WITH (' || pg_catalog.string_agg(pg_catalog.quote_ident(x.option_name) || '='
            || CASE WHEN pg_catalog.quote_ident(x.option_value) = x.option_value THEN x.option_value ELSE pg_catalog.quote_literal(x.option_value) END, ', ') || ')', '') AS text
            FROM pg_catalog.pg_options_to_table(ic.reloptions) x) settings) END,
    'options', {{parameters ic.reloptions}},
    'tablespace', ts.spcname,
    'statistics', stats.targets,
    'index_invalid', CASE WHEN NOT ix.indisvalid THEN true END,
    -- Of a constraint that stands for its parent's on a partition.
    'attached_to', CASE
        WHEN upper_constraint.oid IS NOT NULL THEN pg_catalog.json_build_object(
            'kind', 'constraint', 'schema', upper_table.schema, 'name', upper_table.name, 'part', upper_constraint.conname)
        WHEN upper_index.oid IS NOT NULL THEN pg_catalog.json_build_object('kind', 'index', 'schema', upper_index.schema, 'name', upper_index.name) END,
    'inherited', CASE WHEN con.contype = 'c' AND NOT con.conislocal THEN true END,
    'no_inherit', con.contype = 'c' AND con.connoinherit,
    'references', CASE WHEN con.contype = 'f' THEN pg_catalog.json_build_object(
        'schema', other_schema.nspname,
        'table', other.relname,
        'columns', (
            SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)
            FROM pg_catalog.unnest(con.confkey) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.attnum),
        'match_full', con.confmatchtype = 'f',
        'on_update', CASE con.confupdtype
            WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
        'on_delete', CASE con.confdeltype
            WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
        'on_delete_columns', (
            SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY k.place), '[]'::json)
            FROM pg_catalog.unnest(con.confdelsetcols) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum)) END,
    'deferrable', con.condeferrable,
    'initially_deferred', con.condeferred,
    'not_valid', NOT con.convalidated,
    'not_enforced', {{18 ? NOT con.conenforced : false}})) AS facts
FROM pg_catalog.pg_constraint con
JOIN relation t ON t.oid = con.conrelid
LEFT JOIN pg_catalog.pg_index ix ON ix.indexrelid = con.conindid AND con.contype IN ('p', 'u', 'x')
LEFT JOIN pg_catalog.pg_class ic ON ic.oid = ix.indexrelid
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace
LEFT JOIN index_statistics stats ON stats.attrelid = ix.indexrelid
LEFT JOIN pg_catalog.pg_inherits up ON up.inhrelid = ix.indexrelid
LEFT JOIN relation upper_index ON upper_index.oid = up.inhparent
LEFT JOIN pg_catalog.pg_constraint upper_constraint ON upper_constraint.oid = con.conparentid
LEFT JOIN relation upper_table ON upper_table.oid = upper_constraint.conrelid
LEFT JOIN pg_catalog.pg_class other ON other.oid = con.confrelid
LEFT JOIN pg_catalog.pg_namespace other_schema ON other_schema.oid = other.relnamespace
-- A foreign key to a partitioned table has others inside that point at the partitions; they are no facts of their own.
LEFT JOIN inner_constraint within ON within.oid = con.oid
WHERE con.contype IN ('p', 'u', 'x', 'c', 'f') AND within.oid IS NULL
