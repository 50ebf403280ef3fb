SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass AS classid, co.oid, n.nspname::text AS schema, co.collname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(co.collowner),
        'definition', '(' || pg_catalog.concat_ws(', ',
            'provider = ' || CASE co.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
            'locale = ' || pg_catalog.quote_literal({{17 ? co.colllocale : co.colliculocale}}),
            'lc_collate = ' || pg_catalog.quote_literal(co.collcollate),
            'lc_ctype = ' || pg_catalog.quote_literal(co.collctype),
            CASE WHEN NOT co.collisdeterministic THEN 'deterministic = false' END,
            'rules = ' || pg_catalog.quote_literal({{16 ? co.collicurules : NULL}})) || ')')) AS facts
FROM pg_catalog.pg_collation co
JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
WHERE co.oid >= 16384
