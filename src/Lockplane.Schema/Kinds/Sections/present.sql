-- The completeness probe: every object that is not initdb's. What no kind has read is reported by name. What Postgres makes for itself along with another
-- object (row and array types, toast tables, rules of views, triggers of foreign keys) is found by the dependencies.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, c.oid FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND c.relpersistence <> 't'
    AND c.relnamespace <> (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'pg_toast')
UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, ty.oid FROM pg_catalog.pg_type ty WHERE ty.oid >= 16384 AND ty.typtype NOT IN ('c', 'm') AND ty.typinput <> 'pg_catalog.array_in'::pg_catalog.regproc
UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid FROM pg_catalog.pg_namespace n WHERE n.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, con.oid FROM pg_catalog.pg_constraint con WHERE con.oid >= 16384 AND con.contype NOT IN ('n', 't')
UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, tg.oid FROM pg_catalog.pg_trigger tg WHERE tg.oid >= 16384 AND NOT tg.tgisinternal
UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, pol.oid FROM pg_catalog.pg_policy pol WHERE pol.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, ru.oid FROM pg_catalog.pg_rewrite ru WHERE ru.oid >= 16384 AND ru.rulename <> '_RETURN'
UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, op.oid FROM pg_catalog.pg_operator op WHERE op.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oc.oid FROM pg_catalog.pg_opclass oc WHERE oc.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, f.oid FROM pg_catalog.pg_opfamily f WHERE f.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, co.oid FROM pg_catalog.pg_collation co WHERE co.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, cv.oid FROM pg_catalog.pg_conversion cv WHERE cv.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, ts.oid FROM pg_catalog.pg_ts_config ts WHERE ts.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, ts.oid FROM pg_catalog.pg_ts_dict ts WHERE ts.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, ts.oid FROM pg_catalog.pg_ts_parser ts WHERE ts.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, ts.oid FROM pg_catalog.pg_ts_template ts WHERE ts.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, ca.oid FROM pg_catalog.pg_cast ca WHERE ca.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, tf.oid FROM pg_catalog.pg_transform tf WHERE tf.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid FROM pg_catalog.pg_language l WHERE l.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, am.oid FROM pg_catalog.pg_am am WHERE am.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, et.oid FROM pg_catalog.pg_event_trigger et
UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, st.oid FROM pg_catalog.pg_statistic_ext st
UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, pb.oid FROM pg_catalog.pg_publication pb
UNION ALL SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass, sb.oid FROM pg_catalog.pg_subscription sb
    WHERE sb.subdbid = (SELECT db.oid FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())
UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, fd.oid FROM pg_catalog.pg_foreign_data_wrapper fd
UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, fs.oid FROM pg_catalog.pg_foreign_server fs
UNION ALL SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass, um.umid FROM pg_catalog.pg_user_mappings um
UNION ALL SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass, da.oid FROM pg_catalog.pg_default_acl da
UNION ALL SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, x.oid FROM pg_catalog.pg_extension x WHERE x.oid >= 16384
