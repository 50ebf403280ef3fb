SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass AS classid, ts.oid, n.nspname::text AS schema, ts.cfgname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(ts.cfgowner),
        'definition', '(PARSER = ' || pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(pa.prsname) || ')',
        -- Tokens that go to the same dictionaries stand together.
        'members', (
            SELECT pg_catalog.json_agg(g.text ORDER BY g.text COLLATE "C")
            FROM (
                SELECT 'FOR ' || pg_catalog.string_agg(pg_catalog.quote_ident(m.alias), ', ' ORDER BY m.alias COLLATE "C") || ' WITH ' || m.dictionaries AS text
                FROM (
                    SELECT tt.alias, pg_catalog.string_agg(pg_catalog.quote_ident(dn.nspname) || '.' || pg_catalog.quote_ident(di.dictname), ', ' ORDER BY map.mapseqno) AS dictionaries
                    FROM pg_catalog.pg_ts_config_map map
                    JOIN pg_catalog.ts_token_type(ts.cfgparser) tt ON tt.tokid = map.maptokentype
                    JOIN pg_catalog.pg_ts_dict di ON di.oid = map.mapdict
                    JOIN pg_catalog.pg_namespace dn ON dn.oid = di.dictnamespace
                    WHERE map.mapcfg = ts.oid
                    GROUP BY tt.alias
                ) m
                GROUP BY m.dictionaries
            ) g))) AS facts
FROM pg_catalog.pg_ts_config ts
JOIN pg_catalog.pg_ts_parser pa ON pa.oid = ts.cfgparser
JOIN pg_catalog.pg_namespace pn ON pn.oid = pa.prsnamespace
JOIN pg_catalog.pg_namespace n ON n.oid = ts.cfgnamespace
WHERE ts.oid >= 16384
