SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass AS classid, pb.oid, NULL AS schema, pb.pubname AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(pb.pubowner),
        'all_tables', pb.puballtables,
        'publish', pg_catalog.concat_ws(', ', CASE WHEN pb.pubinsert THEN 'insert' END, CASE WHEN pb.pubupdate THEN 'update' END,
            CASE WHEN pb.pubdelete THEN 'delete' END, CASE WHEN pb.pubtruncate THEN 'truncate' END),
        'via_partition_root', pb.pubviaroot,
        'generated_columns', {{18 ? CASE pb.pubgencols WHEN 's' THEN 'stored' END : NULL}},
        'tables', (
            SELECT pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
                'table', pg_catalog.quote_ident(r.schema) || '.' || pg_catalog.quote_ident(r.name),
                'columns', (
                    SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)
                    FROM pg_catalog.unnest(pr.prattrs::int2[]) AS k (attnum)
                    JOIN pg_catalog.pg_attribute a ON a.attrelid = pr.prrelid AND a.attnum = k.attnum),
                'where', pg_catalog.pg_get_expr(pr.prqual, pr.prrelid))) ORDER BY r.schema COLLATE "C", r.name COLLATE "C")
            FROM pg_catalog.pg_publication_rel pr
            JOIN relation r ON r.oid = pr.prrelid
            WHERE pr.prpubid = pb.oid),
        'schemas', (
            SELECT pg_catalog.json_agg(n.nspname ORDER BY n.nspname::text COLLATE "C")
            FROM pg_catalog.pg_publication_namespace pn
            JOIN pg_catalog.pg_namespace n ON n.oid = pn.pnnspid
            WHERE pn.pnpubid = pb.oid))) AS facts
FROM pg_catalog.pg_publication pb
