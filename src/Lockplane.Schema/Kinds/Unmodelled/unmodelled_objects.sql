-- Objects of every other kind, by name. Extension-owned members stay out; initdb's own have OIDs below 16384.
SELECT 'unmodelled', o.kind, o.schema, o.name, NULL, NULL
FROM (
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, p.oid,
        CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
        n.nspname AS schema, p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' AS name
    FROM pg_catalog.pg_proc p JOIN probed_schema n ON n.oid = p.pronamespace
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, ty.oid,
        CASE ty.typtype WHEN 'e' THEN 'enum type' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' WHEN 'p' THEN 'shell type' ELSE 'base type' END,
        n.nspname, ty.typname
    FROM pg_catalog.pg_type ty JOIN probed_schema n ON n.oid = ty.typnamespace
    WHERE ty.typtype IN ('e', 'd', 'r', 'b', 'p')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type element WHERE element.typarray = ty.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, con.oid, 'domain constraint', n.nspname, con.conname
    FROM pg_catalog.pg_constraint con JOIN probed_schema n ON n.oid = con.connamespace
    WHERE con.contypid <> 0
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, op.oid, 'operator', n.nspname,
        op.oprname || '(' || pg_catalog.format_type(op.oprleft, NULL) || ',' || pg_catalog.format_type(op.oprright, NULL) || ')'
    FROM pg_catalog.pg_operator op JOIN probed_schema n ON n.oid = op.oprnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oc.oid, 'operator class', n.nspname, oc.opcname || ' using ' || am.amname
    FROM pg_catalog.pg_opclass oc JOIN probed_schema n ON n.oid = oc.opcnamespace JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod
    UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, f.oid, 'operator family', n.nspname, f.opfname || ' using ' || am.amname
    FROM pg_catalog.pg_opfamily f JOIN probed_schema n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, co.oid, 'collation', n.nspname, co.collname
    FROM pg_catalog.pg_collation co JOIN probed_schema n ON n.oid = co.collnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, cv.oid, 'conversion', n.nspname, cv.conname
    FROM pg_catalog.pg_conversion cv JOIN probed_schema n ON n.oid = cv.connamespace
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, ts.oid, 'text search configuration', n.nspname, ts.cfgname
    FROM pg_catalog.pg_ts_config ts JOIN probed_schema n ON n.oid = ts.cfgnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, ts.oid, 'text search dictionary', n.nspname, ts.dictname
    FROM pg_catalog.pg_ts_dict ts JOIN probed_schema n ON n.oid = ts.dictnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, ts.oid, 'text search parser', n.nspname, ts.prsname
    FROM pg_catalog.pg_ts_parser ts JOIN probed_schema n ON n.oid = ts.prsnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, ts.oid, 'text search template', n.nspname, ts.tmplname
    FROM pg_catalog.pg_ts_template ts JOIN probed_schema n ON n.oid = ts.tmplnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, ca.oid, 'cast', NULL,
        pg_catalog.format_type(ca.castsource, NULL) || ' as ' || pg_catalog.format_type(ca.casttarget, NULL)
    FROM pg_catalog.pg_cast ca
    UNION ALL
    SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, tf.oid, 'transform', NULL, pg_catalog.format_type(tf.trftype, NULL) || ' for ' || l.lanname
    FROM pg_catalog.pg_transform tf JOIN pg_catalog.pg_language l ON l.oid = tf.trflang
    UNION ALL
    SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 'language', NULL, l.lanname
    FROM pg_catalog.pg_language l
    UNION ALL
    SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, am.oid, 'access method', NULL, am.amname
    FROM pg_catalog.pg_am am
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, et.oid, 'event trigger', NULL, et.evtname
    FROM pg_catalog.pg_event_trigger et
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE p.oid = et.evtfoid AND n.nspname = 'lockplane')
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, pb.oid, 'publication', NULL, pb.pubname
    FROM pg_catalog.pg_publication pb
    UNION ALL
    SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass, sb.oid, 'subscription', NULL, sb.subname
    FROM pg_catalog.pg_subscription sb
    WHERE sb.subdbid = (SELECT db.oid FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, fd.oid, 'foreign data wrapper', NULL, fd.fdwname
    FROM pg_catalog.pg_foreign_data_wrapper fd
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, fs.oid, 'foreign server', NULL, fs.srvname
    FROM pg_catalog.pg_foreign_server fs
    UNION ALL
    SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass, um.umid, 'user mapping', NULL, um.usename || ' on ' || um.srvname
    FROM pg_catalog.pg_user_mappings um
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, da.oid, 'default privileges', n.nspname,
        pg_catalog.pg_get_userbyid(da.defaclrole) || ' ' || CASE da.defaclobjtype
            WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
            WHEN 'n' THEN 'schemas' ELSE 'large objects' END
    FROM pg_catalog.pg_default_acl da LEFT JOIN pg_catalog.pg_namespace n ON n.oid = da.defaclnamespace
    WHERE n.nspname IS DISTINCT FROM 'lockplane'
) o
WHERE o.oid >= 16384
  AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = o.classid AND e.objid = o.oid)
  -- A range type's multirange and constructors are made with it.
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = o.classid AND d.objid = o.oid AND d.deptype = 'i' AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass)
UNION ALL
SELECT 'unmodelled', 'extension', NULL, x.extname, NULL, NULL
FROM pg_catalog.pg_extension x
UNION ALL
SELECT 'unmodelled', 'settings', NULL, CASE WHEN st.setrole = 0 THEN 'database' ELSE 'role ' || pg_catalog.pg_get_userbyid(st.setrole) END, NULL, NULL
FROM pg_catalog.pg_db_role_setting st
WHERE st.setdatabase = (SELECT db.oid FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())
UNION ALL
SELECT 'unmodelled', 'publication', NULL, pb.pubname, NULL, pg_catalog.json_build_object('kind', 'schema', 'name', n.nspname)::text
FROM pg_catalog.pg_publication_namespace pn
JOIN pg_catalog.pg_publication pb ON pb.oid = pn.pnpubid
JOIN pg_catalog.pg_namespace n ON n.oid = pn.pnnspid
UNION ALL
-- Comments; initdb's on schema public and an extension's from its own script are no facts of the user's.
SELECT 'unmodelled', labelled.what, named.schema, coalesce(r.name, named.name, named.identity), NULL, (CASE
    WHEN r.oid IS NOT NULL AND labelled.objsubid = 0 THEN i.id
    WHEN r.oid IS NOT NULL THEN pg_catalog.json_build_object(
        'kind', 'column', 'schema', r.schema, 'name', r.name,
        'part', (SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.oid AND a.attnum = labelled.objsubid))
    WHEN con.oid IS NOT NULL THEN pg_catalog.json_build_object('kind', 'constraint', 'schema', cr.schema, 'name', cr.name, 'part', con.conname)
    WHEN onto.oid IS NOT NULL THEN onto.id
    WHEN named.type = 'schema' THEN pg_catalog.json_build_object('kind', 'schema', 'name', named.name)
    END)::text
FROM (
    SELECT d.classoid, d.objoid, d.objsubid, 'comment' AS what, d.description FROM pg_catalog.pg_description d
    UNION ALL
    SELECT s.classoid, s.objoid, s.objsubid, 'security label', s.label FROM pg_catalog.pg_seclabel s
) labelled
CROSS JOIN LATERAL pg_catalog.pg_identify_object(labelled.classoid, labelled.objoid, labelled.objsubid) named
LEFT JOIN relation r ON labelled.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND r.oid = labelled.objoid
LEFT JOIN relation_id i ON i.oid = r.oid
LEFT JOIN pg_catalog.pg_constraint con ON labelled.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND con.oid = labelled.objoid
LEFT JOIN relation cr ON cr.oid = con.conrelid
LEFT JOIN pg_catalog.pg_trigger tg ON labelled.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND tg.oid = labelled.objoid
LEFT JOIN pg_catalog.pg_policy po ON labelled.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND po.oid = labelled.objoid
LEFT JOIN pg_catalog.pg_rewrite rw ON labelled.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND rw.oid = labelled.objoid
LEFT JOIN relation_id onto ON onto.oid = coalesce(tg.tgrelid, po.polrelid, rw.ev_class)
WHERE (labelled.objoid >= 16384 OR (named.type = 'schema' AND named.name = 'public' AND labelled.description <> 'standard public schema'))
  AND labelled.classoid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
  AND named.schema IS DISTINCT FROM 'lockplane' AND NOT (named.type = 'schema' AND named.name = 'lockplane')
  AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = labelled.classoid AND e.objid = labelled.objoid)
