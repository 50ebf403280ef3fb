SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass AS classid, tg.oid, r.schema, r.name, tg.tgname::text AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'from_parent', above.oid IS NOT NULL,
        'constraint', above.oid IS NULL AND tg.tgconstraint <> 0,
        'definition', CASE WHEN above.oid IS NULL THEN pg_catalog.substr(pg_catalog.pg_get_triggerdef(tg.oid), 1 + pg_catalog.length(
            'CREATE ' || CASE WHEN tg.tgconstraint <> 0 THEN 'CONSTRAINT ' ELSE '' END || 'TRIGGER ' || pg_catalog.quote_ident(tg.tgname) || ' ')) END,
        'enabled', CASE tg.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE CASE WHEN above.oid IS NOT NULL THEN 'origin' END END)) AS facts
FROM pg_catalog.pg_trigger tg
JOIN relation r ON r.oid = tg.tgrelid
LEFT JOIN pg_catalog.pg_trigger above ON above.oid = tg.tgparentid
-- What a partition has from its parent's trigger is a fact only where it was turned on or off by itself.
WHERE NOT tg.tgisinternal AND (above.oid IS NULL OR above.tgenabled <> tg.tgenabled)
