using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.Scripted;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.PostgresTests.Sql;

/// <summary>The tags that a migrator's changes are answered with are Postgres's own.</summary>
public sealed class CommandTagTests(TestClusters clusters)
{
    // In order: what is dropped was made before. {db} is the database, {x} what has to be unique on the server.
    private const string Script = """
        CREATE SCHEMA s
        CREATE SCHEMA s2 CREATE TABLE t2 (id int)
        CREATE TABLE s.t (id int PRIMARY KEY, a text, p point)
        CREATE UNLOGGED TABLE s.u (LIKE s.t INCLUDING ALL)
        CREATE TABLE IF NOT EXISTS s.t (id int)
        CREATE TABLE s.parted (id int) PARTITION BY RANGE (id)
        CREATE TABLE s.part PARTITION OF s.parted FOR VALUES FROM (1) TO (10)
        ALTER TABLE s.t ADD COLUMN b int DEFAULT 1
        ALTER TABLE s.t RENAME COLUMN b TO c
        ALTER TABLE s.t RENAME CONSTRAINT t_pkey TO t_key
        ALTER TABLE s.t SET SCHEMA s2
        ALTER TABLE s2.t SET SCHEMA s
        ALTER TABLE s.t ENABLE ROW LEVEL SECURITY
        ALTER TABLE s.u OWNER TO postgres
        ALTER TABLE s.u RENAME TO u2
        ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default
        CREATE INDEX i ON s.t (a)
        CREATE INDEX CONCURRENTLY i2 ON s.t (a)
        ALTER INDEX s.i RENAME TO i3
        ALTER INDEX s.i3 SET (fillfactor = 80)
        ALTER INDEX s.i3 DEPENDS ON EXTENSION plpgsql
        REINDEX INDEX s.i3
        REINDEX TABLE s.t
        CLUSTER s.t USING t_key
        DROP INDEX s.i3
        CREATE SEQUENCE s.q
        ALTER SEQUENCE s.q RESTART
        ALTER SEQUENCE s.q OWNED BY s.t.id
        ALTER SEQUENCE s.q RENAME TO q2
        CREATE VIEW s.v AS SELECT 1 AS one
        CREATE OR REPLACE VIEW s.v AS SELECT 1 AS one, 2 AS two
        ALTER VIEW s.v RENAME TO v2
        ALTER VIEW s.v2 RENAME COLUMN two TO three
        ALTER VIEW s.v2 SET (security_barrier)
        CREATE MATERIALIZED VIEW s.m AS SELECT 1 AS one WITH NO DATA
        REFRESH MATERIALIZED VIEW s.m
        ALTER MATERIALIZED VIEW s.m RENAME TO m2
        ALTER MATERIALIZED VIEW s.m2 RENAME COLUMN one TO uno
        CREATE RULE r AS ON INSERT TO s.v2 DO INSTEAD NOTHING
        ALTER RULE r ON s.v2 RENAME TO r2
        DROP RULE r2 ON s.v2
        CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'
        CREATE OR REPLACE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 2'
        ALTER FUNCTION s.f() STABLE
        ALTER ROUTINE s.f() VOLATILE
        ALTER FUNCTION s.f() RENAME TO f2
        ALTER FUNCTION s.f2() OWNER TO postgres
        CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1'
        ALTER PROCEDURE s.p() RENAME TO p2
        ALTER PROCEDURE s.p2() SET work_mem = '4MB'
        ALTER ROUTINE s.p2() RENAME TO p3
        CREATE AGGREGATE s.g(int) (SFUNC = int4pl, STYPE = int)
        ALTER AGGREGATE s.g(int) RENAME TO g2
        CREATE FUNCTION s.trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'
        CREATE TRIGGER tr BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.trigger()
        ALTER TRIGGER tr ON s.t RENAME TO tr2
        ALTER TABLE s.t DISABLE TRIGGER tr2
        DROP TRIGGER tr2 ON s.t
        CREATE FUNCTION s.events() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'
        CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION s.events()
        ALTER EVENT TRIGGER et DISABLE
        ALTER EVENT TRIGGER et RENAME TO et2
        DROP EVENT TRIGGER et2
        CREATE TYPE s.composite AS (a int, b text)
        CREATE TYPE s.enum AS ENUM ('a', 'b')
        CREATE TYPE s.range AS RANGE (subtype = int4)
        CREATE TYPE s.shell
        ALTER TYPE s.composite ADD ATTRIBUTE c int
        ALTER TYPE s.composite RENAME ATTRIBUTE c TO d
        ALTER TYPE s.enum ADD VALUE 'c'
        ALTER TYPE s.enum RENAME VALUE 'c' TO 'z'
        ALTER TYPE s.enum RENAME TO enum2
        ALTER TYPE s.enum2 OWNER TO postgres
        CREATE DOMAIN s.d AS int CHECK (VALUE > 0)
        ALTER DOMAIN s.d SET DEFAULT 1
        ALTER DOMAIN s.d RENAME CONSTRAINT d_check TO d_ok
        ALTER DOMAIN s.d RENAME TO d2
        CREATE COLLATION s.coll FROM "C"
        ALTER COLLATION s.coll RENAME TO coll2
        CREATE CONVERSION s.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8
        ALTER CONVERSION s.conv RENAME TO conv2
        CREATE OPERATOR s.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)
        ALTER OPERATOR s.=== (int, int) SET (RESTRICT = eqsel)
        ALTER OPERATOR s.=== (int, int) OWNER TO postgres
        CREATE OPERATOR FAMILY s.fam USING btree
        ALTER OPERATOR FAMILY s.fam USING btree ADD FUNCTION 1 (int, int) btint4cmp(int, int)
        ALTER OPERATOR FAMILY s.fam USING btree RENAME TO fam2
        CREATE OPERATOR CLASS s.class FOR TYPE int USING btree AS OPERATOR 1 <
        ALTER OPERATOR CLASS s.class USING btree RENAME TO class2
        CREATE CAST (s.composite AS text) WITH INOUT
        DROP CAST (s.composite AS text)
        CREATE ACCESS METHOD am TYPE INDEX HANDLER bthandler
        DROP ACCESS METHOD am
        CREATE LANGUAGE lang HANDLER plpgsql_call_handler
        ALTER LANGUAGE lang RENAME TO lang2
        DROP LANGUAGE lang2
        CREATE STATISTICS s.st ON id, a FROM s.t
        ALTER STATISTICS s.st SET STATISTICS 10
        ALTER STATISTICS s.st RENAME TO st2
        DROP STATISTICS s.st2
        CREATE TEXT SEARCH DICTIONARY s.tsd (TEMPLATE = simple)
        ALTER TEXT SEARCH DICTIONARY s.tsd (Accept = false)
        ALTER TEXT SEARCH DICTIONARY s.tsd RENAME TO tsd2
        CREATE TEXT SEARCH CONFIGURATION s.tsc (COPY = english)
        ALTER TEXT SEARCH CONFIGURATION s.tsc ALTER MAPPING FOR word WITH simple
        ALTER TEXT SEARCH CONFIGURATION s.tsc RENAME TO tsc2
        CREATE TEXT SEARCH TEMPLATE s.tst (LEXIZE = dsimple_lexize)
        CREATE TEXT SEARCH PARSER s.tsp (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)
        DROP TEXT SEARCH CONFIGURATION s.tsc2
        DROP TEXT SEARCH DICTIONARY s.tsd2
        DROP TEXT SEARCH TEMPLATE s.tst
        DROP TEXT SEARCH PARSER s.tsp
        CREATE POLICY pol ON s.t USING (true)
        ALTER POLICY pol ON s.t USING (false)
        ALTER POLICY pol ON s.t RENAME TO pol2
        DROP POLICY pol2 ON s.t
        CREATE PUBLICATION pub FOR TABLE s.t
        ALTER PUBLICATION pub SET (publish = 'insert')
        ALTER PUBLICATION pub RENAME TO pub2
        DROP PUBLICATION pub2
        CREATE SUBSCRIPTION sub_{x} CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)
        ALTER SUBSCRIPTION sub_{x} SET (slot_name = NONE)
        DROP SUBSCRIPTION sub_{x}
        CREATE FOREIGN DATA WRAPPER fdw
        ALTER FOREIGN DATA WRAPPER fdw OPTIONS (a 'b')
        CREATE SERVER srv FOREIGN DATA WRAPPER fdw
        ALTER SERVER srv OPTIONS (a 'b')
        ALTER SERVER srv RENAME TO srv2
        CREATE USER MAPPING FOR postgres SERVER srv2
        ALTER USER MAPPING FOR postgres SERVER srv2 OPTIONS (a 'b')
        DROP USER MAPPING FOR postgres SERVER srv2
        CREATE FOREIGN TABLE s.ft (id int) SERVER srv2
        ALTER FOREIGN TABLE s.ft ADD COLUMN a int
        ALTER FOREIGN TABLE s.ft RENAME COLUMN a TO b
        DROP FOREIGN TABLE s.ft
        DROP SERVER srv2
        DROP FOREIGN DATA WRAPPER fdw
        COMMENT ON TABLE s.t IS 'a'
        GRANT SELECT ON s.t TO PUBLIC
        REVOKE SELECT ON s.t FROM PUBLIC
        ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO PUBLIC
        CREATE ROLE role_{x}
        CREATE USER user_{x}
        ALTER ROLE role_{x} NOINHERIT
        ALTER ROLE role_{x} SET work_mem = '4MB'
        ALTER USER user_{x} CREATEDB
        ALTER ROLE role_{x} RENAME TO other_{x}
        GRANT other_{x} TO user_{x}
        REVOKE other_{x} FROM user_{x}
        REASSIGN OWNED BY user_{x} TO postgres
        DROP OWNED BY user_{x}
        DROP ROLE other_{x}
        DROP USER user_{x}
        CREATE DATABASE db_{x}
        ALTER DATABASE db_{x} CONNECTION LIMIT 5
        ALTER DATABASE db_{x} SET work_mem = '4MB'
        ALTER DATABASE db_{x} RENAME TO db2_{x}
        DROP DATABASE db2_{x}
        TRUNCATE s.t
        ALTER SCHEMA s2 RENAME TO s3
        DROP FUNCTION s.f2()
        DROP PROCEDURE s.p3()
        DROP AGGREGATE s.g2(int)
        DROP OPERATOR CLASS s.class2 USING btree
        DROP OPERATOR FAMILY s.fam2 USING btree
        DROP OPERATOR s.=== (int, int)
        DROP ROUTINE s.events()
        DROP MATERIALIZED VIEW s.m2
        DROP VIEW s.v2
        DROP SEQUENCE s.q2
        DROP DOMAIN s.d2
        DROP TYPE s.enum2
        DROP COLLATION s.coll2
        DROP CONVERSION s.conv2
        ALTER EXTENSION plpgsql ADD TABLE s.u2
        ALTER EXTENSION plpgsql DROP TABLE s.u2
        ALTER EXTENSION plpgsql UPDATE
        DROP EXTENSION plpgsql CASCADE
        CREATE EXTENSION plpgsql
        DROP TABLE s.t
        DROP SCHEMA s CASCADE
        """;

    [Theory, MemberData(nameof(TestClusters.Majors), MemberType = typeof(TestClusters))]
    public async Task Of_every_kind_of_change_the_tag_is_Postgres_own(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        string database = new NpgsqlConnectionStringBuilder(await cluster.CreateDatabaseAsync()).Database!;
        StatementReader reader = new(ManagedDatabase.Parser);
        using ScriptedClient client = await ScriptedClient.LogInAsync(cluster.Port, "postgres", cluster.Password, database, Lockplane.Wire.ProtocolVersion.V30, TestContext.Current.CancellationToken);
        List<string> differing = [];
        foreach (string line in Script.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string sql = line.Replace("{x}", database, StringComparison.Ordinal);
            List<ScriptedMessage> answers = await client.Query(sql).AskAsync(1, TestContext.Current.CancellationToken);
            ScriptedMessage answer = answers.First(message => message.Type is 'C' or 'E');
            Statement statement = Assert.Single(reader.Read(System.Text.Encoding.UTF8.GetBytes(sql)).Value);
            if (answer.Type == 'E' || answer.Body.TrimEnd('\0') != statement.CommandTag)
            {
                differing.Add($"{sql}: Postgres says {answer.Body.Replace('\0', ' ')}, we {statement.CommandTag}");
            }
        }

        Assert.Empty(differing);
    }

    // Postgres's tag of these has the number of rows, which is not known here.
    [Theory]
    [InlineData("SELECT 1 AS a INTO t", "SELECT INTO")]
    [InlineData("SELECT 1 AS a INTO t UNION SELECT 2", "SELECT INTO")]
    [InlineData("CREATE TABLE t AS SELECT 1", "CREATE TABLE AS")]
    [InlineData("CREATE MATERIALIZED VIEW t AS SELECT 1", "CREATE MATERIALIZED VIEW")]
    [InlineData("EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1", null)]
    [InlineData("PREPARE p AS SELECT 1", null)]
    [InlineData("SELECT 1", null)]
    public void What_makes_rows_has_a_tag_without_their_number(string sql, string? tag) =>
        Assert.Equal(tag, Assert.Single(new StatementReader(ManagedDatabase.Parser).Read(System.Text.Encoding.UTF8.GetBytes(sql)).Value).CommandTag);
}
