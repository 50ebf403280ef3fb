-- What every kind's query reads from. OIDs below 16384 are initdb's; schema lockplane is ours.
extension_member AS MATERIALIZED (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
),
user_schema AS MATERIALIZED (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lockplane')
      AND NOT EXISTS (
          SELECT FROM extension_member e
          WHERE e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND e.objid = n.oid)
),
-- Where a user can have put something: also the system's own schemas.
probed_schema AS MATERIALIZED (
    SELECT n.oid, n.nspname
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_(toast|temp_|toast_temp_)' AND n.nspname <> 'lockplane'
),
modelled_table AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relpersistence
    FROM pg_catalog.pg_class c
    JOIN user_schema n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence IN ('p', 'u') AND NOT c.relispartition AND c.reloftype = 0
      AND c.relam = (SELECT am.oid FROM pg_catalog.pg_am am WHERE am.amname = 'heap')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)
      AND NOT EXISTS (
          SELECT FROM extension_member e
          WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid)
),
identity_sequence AS MATERIALIZED (
    SELECT d.objid AS oid, d.refobjid AS relid, d.refobjsubid AS attnum
    FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'i' AND d.refobjsubid > 0
      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
),
sequence_option AS MATERIALIZED (
    SELECT s.seqrelid AS oid, pg_catalog.json_build_object(
        'type', pg_catalog.format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
        'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, 'cycle', s.seqcycle) AS options
    FROM pg_catalog.pg_sequence s
),
-- The index behind a constraint belongs to the constraint.
constraint_index AS MATERIALIZED (
    SELECT con.conindid AS oid, con.conrelid, con.conname, con.contype
    FROM pg_catalog.pg_constraint con
    WHERE con.contype IN ('p', 'u', 'x') AND con.conindid <> 0
)
,
-- Every relation of a user's, with its name as an object: a constraint's index and an identity column's sequence go by their owner's.
relation AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.relowner, n.nspname AS schema,
        CASE
            WHEN ci.oid IS NOT NULL THEN 'constraint'
            WHEN ids.oid IS NOT NULL THEN 'column'
            WHEN t.oid IS NOT NULL THEN 'table'
            WHEN c.relkind = 'S' THEN 'sequence'
            WHEN c.relkind IN ('i', 'I') AND NOT ix.indisvalid THEN 'invalid index'
            WHEN c.relkind IN ('i', 'I') THEN 'index'
            WHEN c.relkind = 'v' THEN 'view'
            WHEN c.relkind = 'm' THEN 'materialized view'
            WHEN c.relkind = 'p' THEN 'partitioned table'
            WHEN c.relkind = 'f' THEN 'foreign table'
            WHEN c.relkind = 'c' THEN 'composite type'
            WHEN c.relispartition THEN 'partition'
            WHEN c.reloftype <> 0 THEN 'typed table'
            WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) THEN 'inherited table'
            ELSE 'table of another kind'
        END AS kind,
        CASE WHEN ci.oid IS NOT NULL OR ids.oid IS NOT NULL THEN owner.relname ELSE c.relname END AS name,
        coalesce(ci.conname, owning.attname) AS part,
        t.oid IS NOT NULL OR (c.relkind = 'S' AND n.nspname !~ '^(pg_|information_schema$)')
            OR (c.relkind = 'i' AND owner_table.oid IS NOT NULL AND ix.indisvalid AND coalesce(ci.contype, 'p') <> 'x') AS modelled
    FROM pg_catalog.pg_class c
    JOIN probed_schema n ON n.oid = c.relnamespace
    LEFT JOIN modelled_table t ON t.oid = c.oid
    LEFT JOIN constraint_index ci ON ci.oid = c.oid
    LEFT JOIN identity_sequence ids ON ids.oid = c.oid
    LEFT JOIN pg_catalog.pg_class owner ON owner.oid = coalesce(ci.conrelid, ids.relid)
    LEFT JOIN pg_catalog.pg_attribute owning ON owning.attrelid = ids.relid AND owning.attnum = ids.attnum
    LEFT JOIN pg_catalog.pg_index ix ON ix.indexrelid = c.oid
    LEFT JOIN modelled_table owner_table ON owner_table.oid = ix.indrelid
    WHERE c.oid >= 16384 AND c.relkind <> 't' AND c.relpersistence IN ('p', 'u')
      AND NOT EXISTS (
          SELECT FROM extension_member e
          WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid)
),
relation_id AS MATERIALIZED (
    SELECT r.oid, pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'kind', r.kind, 'schema', r.schema, 'name', r.name, 'part', r.part)) AS id
    FROM relation r
)
