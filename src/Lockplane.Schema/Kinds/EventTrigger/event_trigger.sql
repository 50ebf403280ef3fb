SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AS classid, et.oid, NULL AS schema, et.evtname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(et.evtowner),
        'event', et.evtevent,
        'tags', (SELECT pg_catalog.json_agg(tag ORDER BY tag COLLATE "C") FROM pg_catalog.unnest(et.evttags) AS tag),
        'function', et.evtfoid::pg_catalog.regproc,
        'enabled', CASE et.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END)) AS facts
FROM pg_catalog.pg_event_trigger et
