SELECT 'pg_catalog.pg_language'::pg_catalog.regclass AS classid, l.oid, NULL AS schema, l.lanname::text AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'owner', pg_catalog.pg_get_userbyid(l.lanowner),
        'trusted', l.lanpltrusted,
        'definition', pg_catalog.concat_ws(' ', 'HANDLER ' || (SELECT f.name FROM function_name f WHERE f.oid = l.lanplcallfoid), 'INLINE ' || (SELECT f.name FROM function_name f WHERE f.oid = l.laninline), 'VALIDATOR ' || (SELECT f.name FROM function_name f WHERE f.oid = l.lanvalidator)))) AS facts
FROM pg_catalog.pg_language l
WHERE l.oid >= 16384
