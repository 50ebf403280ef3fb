-- ALTER TABLE ... DISABLE TRIGGER ALL, or a change of mode, by a superuser: foreign keys and deferrable constraints are then not kept, and no statement says so of one of them.
SELECT DISTINCT 'pg_catalog.pg_constraint'::pg_catalog.regclass AS classid, tg.tgconstraint AS oid
FROM pg_catalog.pg_trigger tg
JOIN relation r ON r.oid = tg.tgrelid
WHERE tg.tgisinternal AND tg.tgconstraint <> 0 AND tg.tgenabled <> 'O'
