SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, t.oid, t.schema, t.name, NULL AS part, NULL AS signature, listed.attnums,
    pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(c.relowner),
        'unlogged', t.persistence = 'u',
        'of_type', CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
        'inherits', coalesce(parents.names, '[]'::json),
        'partition_bound', CASE WHEN t.is_partition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
        'partition_key', CASE WHEN t.kind = 'p' THEN pg_catalog.pg_get_partkeydef(t.oid) END,
        'partition_columns', CASE WHEN t.kind = 'p' THEN (
            SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY a.attname::text COLLATE "C"), '[]'::json)
            FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = t.oid AND d.objsubid > 0 AND d.deptype = 'i'
              AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = t.oid) ELSE '[]'::json END,
        'detach_pending', coalesce(parents.detach_pending, false),
        -- A partitioned table can have none of its own (17); of other tables the usual one is not said.
        'access_method', CASE WHEN am.amname <> 'heap' OR t.kind = 'p' THEN am.amname END,
        'tablespace', ts.spcname,
        'options', coalesce({{parameters c.reloptions toast.reloptions}}, '[]'::json),
        -- Where the index is gone, Postgres acts as with NOTHING.
        'replica_identity', CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN CASE WHEN marked.identity IS NULL THEN 'nothing' ELSE 'index' END END,
        'replica_identity_index', CASE WHEN c.relreplident = 'i' THEN marked.identity END,
        'cluster_index', marked.clustered,
        'row_security', c.relrowsecurity,
        'force_row_security', c.relforcerowsecurity,
        'columns', coalesce(listed.columns, '[]'::json)) AS facts
FROM relation t
JOIN pg_catalog.pg_class c ON c.oid = t.oid
LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN (
    SELECT i.inhrelid, pg_catalog.bool_or(i.inhdetachpending) AS detach_pending, pg_catalog.json_agg(pg_catalog.json_build_object(
        'kind', CASE p.kind WHEN 'f' THEN 'foreign table' ELSE 'table' END, 'schema', p.schema, 'name', p.name) ORDER BY i.inhseqno) AS names
    FROM pg_catalog.pg_inherits i
    JOIN relation p ON p.oid = i.inhparent
    GROUP BY i.inhrelid
) parents ON parents.inhrelid = t.oid
LEFT JOIN (
    SELECT ix.indrelid, pg_catalog.max(r.name) FILTER (WHERE ix.indisreplident) AS identity, pg_catalog.max(r.name) FILTER (WHERE ix.indisclustered) AS clustered
    FROM pg_catalog.pg_index ix
    JOIN relation r ON r.oid = ix.indexrelid
    WHERE ix.indisreplident OR ix.indisclustered
    GROUP BY ix.indrelid
) marked ON marked.indrelid = t.oid
LEFT JOIN (
    SELECT a.attrelid, pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS attnums, pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'collation', (
            SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(co.collname)
            FROM pg_catalog.pg_collation co
            JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
            WHERE co.oid = a.attcollation AND a.attcollation <> ty.typcollation),
        -- All columns of a partition are its parent's.
        'inherited', CASE WHEN NOT a.attislocal AND NOT r.is_partition THEN true END,
        'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
        'not_null', a.attnotnull,
        'not_null_name', CASE WHEN nn.conname <> r.name || '_' || a.attname || '_not_null' THEN nn.conname END,
        'not_null_not_valid', CASE WHEN NOT nn.convalidated THEN true END,
        'not_null_no_inherit', CASE WHEN nn.connoinherit THEN true END,
        'not_null_inherited', CASE WHEN NOT nn.conislocal AND NOT r.is_partition THEN true END,
        'not_null_comment', nnc.description,
        'identity', CASE WHEN i.oid IS NOT NULL THEN pg_catalog.json_build_object(
            'always', a.attidentity = 'a', 'sequence', s.relname, 'options', o.options,
            'unlogged', CASE WHEN s.relpersistence = 'u' THEN true END) END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.json_build_object(
            'expression', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
            'virtual', a.attgenerated = 'v') END,
        'storage', CASE WHEN a.attstorage <> ty.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END,
        'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
        'statistics', CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END,
        'options', {{parameters a.attoptions}}
        )) ORDER BY a.attnum) AS columns
    FROM relation r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum
    LEFT JOIN pg_catalog.pg_description nnc ON nnc.objoid = nn.oid AND nnc.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
    LEFT JOIN identity_sequence i ON a.attidentity <> '' AND i.relid = a.attrelid AND i.attnum = a.attnum
    LEFT JOIN pg_catalog.pg_class s ON s.oid = i.oid
    LEFT JOIN sequence_option o ON o.oid = i.oid
    WHERE r.kind IN ('r', 'p')
    GROUP BY a.attrelid
) listed ON listed.attrelid = t.oid
WHERE t.kind IN ('r', 'p')
