SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass AS classid, ru.oid, r.schema, r.name, ru.rulename::text AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'definition', pg_catalog.rtrim(pg_catalog.ltrim(
            pg_catalog.substr(pg_catalog.pg_get_ruledef(ru.oid), 1 + pg_catalog.length('CREATE RULE ' || pg_catalog.quote_ident(ru.rulename) || ' AS')), E' \n'), ';'),
        'enabled', CASE ru.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' END)) AS facts
FROM pg_catalog.pg_rewrite ru
JOIN relation r ON r.oid = ru.ev_class
-- The rule that makes a view a view is the view's definition.
WHERE ru.ev_type <> '1'
