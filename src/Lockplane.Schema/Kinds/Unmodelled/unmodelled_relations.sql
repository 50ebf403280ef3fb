-- Relations of kinds that are not modelled, and facts about any relation that are not. What hangs on one names it in the last column.
SELECT 'unmodelled', r.kind, r.schema, r.name, r.part, hangs.id::text
FROM relation r
LEFT JOIN pg_catalog.pg_index ix ON ix.indexrelid = r.oid
LEFT JOIN relation_id hangs ON hangs.oid = ix.indrelid
WHERE NOT r.modelled AND r.kind NOT IN ('constraint', 'column')
UNION ALL
SELECT 'unmodelled', fact.name, r.schema, r.name, r.part, i.id::text
FROM pg_catalog.pg_class c
JOIN relation r ON r.oid = c.oid
JOIN relation_id i ON i.oid = c.oid
LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_index ix ON ix.indexrelid = c.oid
CROSS JOIN LATERAL (VALUES
    ('row security', c.relrowsecurity),
    ('forced row security', c.relforcerowsecurity),
    -- An index's own are part of its definition.
    ('storage parameters', c.reloptions IS NOT NULL AND NOT (r.kind = 'index' AND r.modelled)),
    ('toast storage parameters', toast.reloptions IS NOT NULL),
    ('replica identity', c.relkind IN ('r', 'p') AND c.relreplident <> 'd'),
    ('tablespace', c.reltablespace <> 0),
    ('cluster mark', coalesce(ix.indisclustered, false)),
    ('owner', c.relkind NOT IN ('i', 'I', 'c') AND r.kind <> 'column' AND c.relowner <> (
        SELECT db.datdba FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())),
    ('identity sequence in another schema', r.kind = 'column' AND c.relnamespace <> (
        SELECT t.relnamespace FROM pg_catalog.pg_class t JOIN identity_sequence s ON s.relid = t.oid WHERE s.oid = c.oid))
) AS fact (name, holds)
WHERE fact.holds
UNION ALL
SELECT 'unmodelled', fact.name, r.schema, r.name, NULL, pg_catalog.json_build_object(
    'kind', 'column', 'schema', r.schema, 'name', r.name, 'part', a.attname)::text
FROM relation r
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
CROSS JOIN LATERAL (VALUES
    ('column storage', r.relkind IN ('r', 'p', 'm') AND a.attstorage <> ty.typstorage),
    ('column compression', a.attcompression <> ''),
    ('column statistics target', coalesce(a.attstattarget, -1) >= 0),
    ('column options', a.attoptions IS NOT NULL OR a.attfdwoptions IS NOT NULL),
    ('column privileges', a.attacl IS NOT NULL AND pg_catalog.cardinality(a.attacl) > 0)
) AS fact (name, holds)
WHERE fact.holds
UNION ALL
SELECT 'unmodelled', CASE WHEN con.contype = 'x' THEN 'exclusion constraint' WHEN con.contype = 'n' THEN 'not-null constraint'
    WHEN {{temporal}} THEN 'temporal constraint' ELSE 'constraint' END, r.schema, con.conname, NULL, i.id::text
FROM pg_catalog.pg_constraint con
JOIN relation r ON r.oid = con.conrelid
JOIN relation_id i ON i.oid = con.conrelid
WHERE con.conparentid = 0 AND con.contype <> 't'
  AND (CASE WHEN NOT r.modelled THEN con.contype <> 'n'
       WHEN con.contype = 'n' THEN con.connoinherit OR NOT con.convalidated
       ELSE con.contype = 'x' OR {{temporal}} END)
UNION ALL
SELECT 'unmodelled', CASE WHEN tg.tgenabled = 'O' THEN 'trigger' ELSE 'trigger with another firing rule' END, r.schema, tg.tgname, NULL, i.id::text
FROM pg_catalog.pg_trigger tg
JOIN relation r ON r.oid = tg.tgrelid
JOIN relation_id i ON i.oid = tg.tgrelid
WHERE NOT tg.tgisinternal
UNION ALL
SELECT 'unmodelled', 'disabled constraint trigger', r.schema, con.conname, NULL, i.id::text
FROM pg_catalog.pg_trigger tg
JOIN relation r ON r.oid = tg.tgrelid
JOIN relation_id i ON i.oid = tg.tgrelid
JOIN pg_catalog.pg_constraint con ON con.oid = tg.tgconstraint
WHERE tg.tgisinternal AND tg.tgenabled <> 'O'
UNION ALL
SELECT 'unmodelled', 'row security policy', r.schema, po.polname, NULL, i.id::text
FROM pg_catalog.pg_policy po
JOIN relation r ON r.oid = po.polrelid
JOIN relation_id i ON i.oid = po.polrelid
UNION ALL
SELECT 'unmodelled', 'rule', r.schema, rw.rulename, NULL, i.id::text
FROM pg_catalog.pg_rewrite rw
JOIN relation r ON r.oid = rw.ev_class
JOIN relation_id i ON i.oid = rw.ev_class
WHERE rw.rulename <> '_RETURN'
UNION ALL
SELECT 'unmodelled', 'extended statistics', n.nspname, st.stxname, NULL, i.id::text
FROM pg_catalog.pg_statistic_ext st
JOIN probed_schema n ON n.oid = st.stxnamespace
JOIN relation_id i ON i.oid = st.stxrelid
UNION ALL
SELECT 'unmodelled', 'publication', NULL, p.pubname, NULL, i.id::text
FROM pg_catalog.pg_publication_rel pr
JOIN pg_catalog.pg_publication p ON p.oid = pr.prpubid
JOIN relation_id i ON i.oid = pr.prrelid
