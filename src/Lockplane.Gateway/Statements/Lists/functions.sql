-- Lists pg_catalog's functions for functions-stable.txt and functions-one-argument.txt. Run on each supported major; a name is taken when it is taken on every major that has it.
-- Columns: name, callable with one argument, taken. functions-stable.txt has the taken names, functions-one-argument.txt those that are not taken and callable with one argument.
-- Left out: what a query cannot call (internal and trigger types), type input and output (cstring), and by name what reads other sessions, files or the server's own state, runs SQL that it is
-- given as text, or serves replication and upgrades.
WITH callable AS (
    SELECT p.proname AS name, p.provolatile <> 'v' AND p.prokind <> 'p' AS quiet, pronargs - pronargdefaults - (provariadic <> 0)::int AS least, pronargs AS most
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace
      AND NOT EXISTS (
        SELECT FROM unnest(p.proargtypes::oid[] || p.prorettype) AS t(oid)
        WHERE t.oid = ANY (ARRAY['internal', 'cstring', 'trigger', 'event_trigger', 'language_handler', 'index_am_handler', 'table_am_handler', 'tsm_handler', 'fdw_handler']::regtype[]::oid[]))
), named AS (
    SELECT name, bool_and(quiet) AS quiet, bool_or(least <= 1 AND most >= 1) AS one_argument
    FROM callable
    GROUP BY name
)
SELECT name, one_argument, quiet AND name !~ '(_to_xml|^pg_stat_|^pg_show_|^pg_ls_|^pg_read_|^pg_event_trigger_|^binary_upgrade_|^lo_|^pg_replication_|^pg_logical_|^pg_get_replication_|_validator$)'
    AND name <> ALL (ARRAY['pg_config', 'pg_tablespace_databases', 'pg_tablespace_location', 'pg_relation_filepath', 'pg_conf_load_time', 'pg_get_wal_stats']) AS taken
FROM named
ORDER BY name COLLATE "C"
