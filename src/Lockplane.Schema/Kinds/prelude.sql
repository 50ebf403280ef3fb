-- What the kinds' queries share. OIDs below 16384 are initdb's; what is temporary belongs to a session.
relation AS MATERIALIZED (
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind AS kind, c.relpersistence AS persistence,
        c.relispartition AS is_partition
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND c.relkind <> 't' AND c.relpersistence IN ('p', 'u') AND n.nspname !~ '^pg_toast'
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
    SELECT con.conindid AS oid
    FROM pg_catalog.pg_constraint con
    WHERE con.contype IN ('p', 'u', 'x') AND con.conindid <> 0
),
-- Initdb's too: names for whatever refers to them.
function_name AS NOT MATERIALIZED (
    SELECT p.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) AS name,
        pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' AS signature
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
),
operator_name AS NOT MATERIALIZED (
    SELECT op.oid, pg_catalog.quote_ident(n.nspname) || '.' || op.oprname AS name,
        '(' || coalesce(pg_catalog.format_type(nullif(op.oprleft, 0), NULL), 'NONE') || ', ' || pg_catalog.format_type(op.oprright, NULL) || ')' AS signature
    FROM pg_catalog.pg_operator op
    JOIN pg_catalog.pg_namespace n ON n.oid = op.oprnamespace
),
-- The operators and functions of an operator class, and those of a family that hang on none of its classes.
operator_member AS NOT MATERIALIZED (
    SELECT d.refclassid AS classid, d.refobjid AS oid, 'OPERATOR ' || ao.amopstrategy || ' ' || o.name || o.signature || coalesce(' FOR ORDER BY ' || (
        SELECT pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(sf.opfname)
        FROM pg_catalog.pg_opfamily sf JOIN pg_catalog.pg_namespace sn ON sn.oid = sf.opfnamespace WHERE sf.oid = ao.amopsortfamily), '') AS text
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_amop ao ON ao.oid = d.objid
    JOIN operator_name o ON o.oid = ao.amopopr
    WHERE d.classid = 'pg_catalog.pg_amop'::pg_catalog.regclass
    UNION ALL
    SELECT d.refclassid, d.refobjid, 'FUNCTION ' || ap.amprocnum || ' (' || pg_catalog.format_type(ap.amproclefttype, NULL) || ', ' || pg_catalog.format_type(ap.amprocrighttype, NULL) || ') ' || f.signature
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_amproc ap ON ap.oid = d.objid
    JOIN function_name f ON f.oid = ap.amproc
    WHERE d.classid = 'pg_catalog.pg_amproc'::pg_catalog.regclass
),
collation_name AS NOT MATERIALIZED (
    SELECT co.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(co.collname) AS name
    FROM pg_catalog.pg_collation co
    JOIN pg_catalog.pg_namespace n ON n.oid = co.collnamespace
),
-- Reads the files of the server's extensions.
available_extension AS MATERIALIZED (
    SELECT x.name, x.comment FROM pg_catalog.pg_available_extensions() x
),
-- Functions and procedures; what both have.
routine AS MATERIALIZED (
    SELECT p.oid, n.nspname::text AS schema, p.proname::text AS name, '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' AS signature, p.prokind AS kind,
        pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
            'owner', pg_catalog.pg_get_userbyid(p.proowner),
            'arguments', (
                SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                    'mode', CASE p.proargmodes[a.place] WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 'v' THEN 'VARIADIC' END,
                    'name', nullif(p.proargnames[a.place], ''),
                    'type', pg_catalog.format_type(a.type, NULL),
                    'default', pg_catalog.pg_get_function_arg_default(p.oid, a.place::int)) ORDER BY a.place)
                FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[])) WITH ORDINALITY AS a (type, place)
                WHERE p.proargmodes IS NULL OR p.proargmodes[a.place] <> 't'),
            'result', pg_catalog.pg_get_function_result(p.oid),
            'language', l.lanname,
            'body', CASE WHEN p.prosqlbody IS NULL AND l.lanname <> 'c' THEN p.prosrc END,
            'sql_body', pg_catalog.pg_get_function_sqlbody(p.oid),
            'library', CASE WHEN l.lanname = 'c' THEN p.probin END,
            'symbol', CASE WHEN l.lanname = 'c' THEN p.prosrc END,
            'window', p.prokind = 'w',
            'volatility', CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' END,
            'strict', p.proisstrict,
            'security_definer', p.prosecdef,
            'leakproof', p.proleakproof,
            'parallel', CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
            'cost', CASE WHEN p.procost <> CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END THEN p.procost::text END,
            'rows', CASE WHEN p.proretset AND p.prorows <> 1000 THEN p.prorows::text END,
            'support', (SELECT f.name FROM function_name f WHERE f.oid = p.prosupport),
            -- In the order of their names: that in which they were set is history.
            'configuration', (
                SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                    'name', pg_catalog.split_part(c.setting, '=', 1),
                    'value', pg_catalog.substr(c.setting, pg_catalog.strpos(c.setting, '=') + 1)) ORDER BY pg_catalog.split_part(c.setting, '=', 1) COLLATE "C")
                FROM pg_catalog.unnest(p.proconfig) AS c (setting)),
            'transforms', (
                SELECT pg_catalog.json_agg(pg_catalog.format_type(t.type, NULL) ORDER BY pg_catalog.format_type(t.type, NULL) COLLATE "C")
                FROM pg_catalog.unnest(p.protrftypes) AS t (type))
        )) AS facts
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    -- Those that make a range out of bounds belong to the range type.
    WHERE p.oid >= 16384 AND p.prokind <> 'a' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'i')
    -- An argument without a name among others that have one: Postgres writes such a body with empty names, which nothing reads.
    AND (p.prosqlbody IS NULL OR NOT '' = ANY (p.proargnames) OR pg_catalog.strpos(pg_catalog.pg_get_function_sqlbody(p.oid), '""') = 0)
),
-- The columns of views and foreign tables.
view_column AS MATERIALIZED (
    SELECT a.attrelid AS oid, pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS attnums,
        pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
            'name', a.attname,
            'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
            'collation', CASE WHEN a.attcollation <> ty.typcollation THEN co.name END,
            'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
            'not_null', a.attnotnull AND coalesce(nn.convalidated, true),
            'not_null_name', CASE WHEN nn.convalidated AND nn.conname <> r.name || '_' || a.attname || '_not_null' THEN nn.conname END,
            'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.json_build_object(
                'expression', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'virtual', a.attgenerated = 'v') END,
            'storage', CASE WHEN r.kind IN ('m', 'f') AND a.attstorage <> ty.typstorage THEN
                CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END,
            'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
            'statistics', CASE WHEN r.kind <> 'v' AND a.attstattarget >= 0 THEN a.attstattarget END,
            'options', {{parameters a.attoptions}})) ORDER BY a.attnum) AS columns
    FROM relation r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
    LEFT JOIN collation_name co ON co.oid = a.attcollation
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_constraint nn ON r.kind = 'f' AND nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum
    WHERE r.kind IN ('v', 'm', 'f')
    GROUP BY a.attrelid
),
index_statistics AS MATERIALIZED (
    SELECT a.attrelid, pg_catalog.json_agg(pg_catalog.json_build_object('column', a.attnum, 'target', a.attstattarget) ORDER BY a.attnum) AS targets
    FROM pg_catalog.pg_attribute a
    JOIN relation r ON r.oid = a.attrelid
    WHERE a.attstattarget >= 0 AND r.kind IN ('i', 'I') AND NOT a.attisdropped
    GROUP BY a.attrelid
),
-- Foreign keys that Postgres made inside of another one on the same table.
inner_constraint AS MATERIALIZED (
    SELECT con.oid
    FROM pg_catalog.pg_constraint con
    WHERE con.contype = 'f' AND con.conparentid <> 0 AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = con.oid AND d.deptype = 'P')
)
