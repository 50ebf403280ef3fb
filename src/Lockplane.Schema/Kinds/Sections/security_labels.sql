SELECT s.classoid AS classid, s.objoid AS oid, s.objsubid AS subid,
    pg_catalog.json_agg(pg_catalog.json_build_object('provider', s.provider, 'label', s.label) ORDER BY s.provider COLLATE "C") AS json
FROM pg_catalog.pg_seclabel s
GROUP BY s.classoid, s.objoid, s.objsubid
