-- The connection string is for superusers only and is not read.
SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass AS classid, sb.oid, NULL AS schema, sb.subname AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(sb.subowner),
        'connection', pg_catalog.json_build_object('secret', true),
        'publications', (SELECT pg_catalog.json_agg(p ORDER BY p COLLATE "C") FROM pg_catalog.unnest(sb.subpublications) AS p),
        'options', (
            SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', o.name, 'value', o.value) ORDER BY o.name COLLATE "C")
            FROM (VALUES
                ('slot_name', coalesce(sb.subslotname::text, '')),
                ('synchronous_commit', sb.subsynccommit),
                ('binary', sb.subbinary::text),
                ('streaming', {{16 ? CASE sb.substream WHEN 'f' THEN 'off' WHEN 't' THEN 'on' ELSE 'parallel' END : CASE WHEN sb.substream THEN 'on' ELSE 'off' END}}),
                ('two_phase', (sb.subtwophasestate <> 'd')::text),
                ('disable_on_error', sb.subdisableonerr::text),
                ('password_required', {{16 ? sb.subpasswordrequired::text : NULL}}),
                ('run_as_owner', {{16 ? sb.subrunasowner::text : NULL}}),
                ('origin', {{16 ? sb.suborigin : NULL}}),
                ('failover', {{17 ? sb.subfailover::text : NULL}})) AS o (name, value)
            WHERE o.value IS NOT NULL))) AS facts
FROM pg_catalog.pg_subscription sb
WHERE sb.subdbid = (SELECT db.oid FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())
