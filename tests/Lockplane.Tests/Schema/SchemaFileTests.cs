using Lockplane.Schema.Dsl;
using Lockplane.Sql.Errors;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Schema;

public sealed class SchemaFileTests
{
    private static readonly SchemaFileReader Reader = new(TestParser.Shared);

    [Theory]
    [InlineData("CREATE TABLE a (id int);\n  DROP TABLE b;", "x.sql:2:3", "not mention")]
    [InlineData("ALTER TABLE a RENAME TO b;", "x.sql:1:1", "renamed from")]
    [InlineData("INSERT INTO a VALUES (1);", "x.sql:1:1", "")]
    [InlineData("SELECT pg_catalog.set_config('search_path', '', false);", "x.sql:1:1", "Leave it out")]
    [InlineData("SET search_path = app;", "x.sql:1:1", "Leave it out")]
    [InlineData("DO $$ BEGIN END $$;", "x.sql:1:1", "statements that the code would run")]
    [InlineData("CREATE ROLE bob;", "x.sql:1:1", "roles belong to the server")]
    [InlineData("BEGIN;", "x.sql:1:1", "as a whole")]
    [InlineData("CREATE TABLE a AS SELECT 1;", "x.sql:1:1", "not rows")]
    [InlineData("ALTER TABLE a DROP COLUMN b;", "x.sql:1:1", "AT_DropColumn")]
    [InlineData("ALTER TABLE a ALTER COLUMN b DROP DEFAULT;", "x.sql:1:1", "AT_DropDefault")]
    [InlineData("CREATE INDEX CONCURRENTLY i ON a (b);", "x.sql:1:1", "CONCURRENTLY")]
    [InlineData("ALTER DATABASE shop SET work_mem = '1MB';", "x.sql:1:1", ":\"DBNAME\"")]
    [InlineData("ALTER ROLE bob SET work_mem = '1MB';", "x.sql:1:1", ":\"DBNAME\"")]
    [InlineData("COMMENT ON DATABASE \"DBNAME\" IS 'x';", "x.sql:1:1", ":\"DBNAME\"")]
    [InlineData("CREATE TABLE :\"DBNAME\" (id int);", "x.sql:1:1", "no database is named")]
    [InlineData("COMMENT ON ROLE bob IS 'x';", "x.sql:1:1", "no part")]
    [InlineData("CREATE TABLE pg_temp.a (id int);", "x.sql:1:1", "temporary")]
    [InlineData("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'select 1';", "x.sql:1:1", "temporary")]
    [InlineData("CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'select 1';\nCREATE OR REPLACE FUNCTION public.f(b integer, OUT c int) LANGUAGE sql AS 'select 2';", "x.sql:2:1", "x.sql:1:1")]
    [InlineData("CREATE OR REPLACE VIEW v AS SELECT 1 AS a;\nCREATE OR REPLACE VIEW v AS SELECT 2 AS a;", "x.sql:2:1", "once")]
    public void What_declares_nothing_is_refused_with_its_place_and_what_to_write(string sql, string place, string hint)
    {
        LockplaneException refusal = Refused(sql);
        Assert.Equal(ErrorCodes.StatementNotAllowed, refusal.Code);
        Assert.StartsWith(place + ":", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(hint, refusal.Message + refusal.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0), OWNER TO bob, ENABLE ROW LEVEL SECURITY;")]
    [InlineData("ALTER TABLE a ATTACH PARTITION b FOR VALUES FROM (1) TO (2);")]
    [InlineData("ALTER DATABASE :\"DBNAME\" SET app.tenant = 'x';")]
    [InlineData("ALTER ROLE bob IN DATABASE :\"DBNAME\" SET app.tenant = 'x';")]
    [InlineData("GRANT CONNECT ON DATABASE :\"DBNAME\" TO bob;")]
    [InlineData("CREATE MATERIALIZED VIEW v AS SELECT 1 WITH NO DATA;")]
    [InlineData("CREATE OR REPLACE VIEW v AS SELECT 1 AS a;")]
    [InlineData("ALTER DEFAULT PRIVILEGES FOR ROLE bob GRANT SELECT ON TABLES TO PUBLIC;")]
    [InlineData("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'select '':\"DBNAME\"''::text';")]
    public void What_declares_something_is_taken_as_it_is_written(string sql)
    {
        SchemaStatement statement = Assert.Single(Reader.Read([new SchemaFile("x.sql", sql)]).Statements);
        Assert.Equal(sql, statement.Sql + ";");
    }

    [Theory]
    [InlineData("CREATE TABLE a (d date DEFAULT 'today');", "x.sql:1:32", true)]
    [InlineData("CREATE TABLE a (id int,\n  d timestamptz DEFAULT 'now'::timestamptz);", "x.sql:2:25", true)]
    [InlineData("CREATE TABLE a (d date, CHECK (d > date 'tomorrow'));", "x.sql:1:41", true)]
    [InlineData("CREATE VIEW v AS SELECT timestamp 'yesterday 10:00' AS t;", "x.sql:1:35", true)]
    [InlineData("CREATE TABLE p PARTITION OF a FOR VALUES FROM ('today') TO ('2999-01-01');", "x.sql:1:48", true)]
    [InlineData("CREATE TABLE a (r daterange DEFAULT '[today,tomorrow)');", "x.sql:1:37", true)]
    [InlineData("CREATE TABLE a (s text DEFAULT 'today');", "", false)]
    [InlineData("CREATE VIEW v AS SELECT 'now'::text AS t, 'today it rains' AS u;", "", false)]
    [InlineData("CREATE TABLE a (d timestamptz DEFAULT now(), e date DEFAULT 'infinity');", "", false)]
    [InlineData("COMMENT ON TABLE a IS 'today';", "", false)]
    [InlineData("CREATE TYPE day AS ENUM ('today', 'now');", "", false)]
    public void A_constant_that_means_the_day_of_loading_is_refused(string sql, string place, bool refused)
    {
        LockplaneException? refusal = refused ? Refused(sql) : null;
        Assert.StartsWith(place, refusal?.Message ?? "", StringComparison.Ordinal);
        Assert.True(refused || Reader.Read([new SchemaFile("x.sql", sql)]).Statements.Length == 1);
    }

    [Fact]
    public void A_view_may_be_replaced_once_and_functions_of_one_name_are_told_apart_by_their_arguments() => Assert.Equal(5, Reader.Read([new SchemaFile("x.sql", """
        -- lockplane reads this
        CREATE VIEW v AS SELECT 1 AS a;
        CREATE OR REPLACE VIEW v AS SELECT 2 AS a;
        CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql SET search_path = pg_temp AS 'select 1';
        CREATE OR REPLACE FUNCTION f(a int[]) RETURNS int LANGUAGE sql AS 'select 1';
        CREATE OR REPLACE FUNCTION f(a s.int) RETURNS int LANGUAGE sql AS 'select 1';
        """)]).Statements.Length);

    [Fact]
    public void Statements_are_ordered_by_what_they_need_whatever_their_order_in_the_files()
    {
        const string Sql = """
            GRANT SELECT ON v2 TO bob;
            CREATE VIEW v2 AS SELECT * FROM v1;
            CREATE VIEW v1 AS SELECT a FROM t;
            CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'select 1';
            CREATE TABLE t (a mood);
            CREATE TYPE mood AS ENUM ('ok');
            CREATE SCHEMA s;
            """;
        IEnumerable<int> lines = Reader.Read([new SchemaFile("x.sql", Sql)]).Statements.Select(s => s.Line);
        Assert.Equal([7, 6, 5, 4, 3, 2, 1], lines);
    }

    [Theory]
    [InlineData("-- lockplane: renamed from old\nCREATE TABLE new (id int);", "CreateStmt new - old")]
    [InlineData("CREATE TABLE new (id int); -- lockplane: renamed from \"Old\"", "CreateStmt new - Old")]
    [InlineData("CREATE TABLE new ( -- lockplane: renamed from s.old\n  id int);", "CreateStmt new - s.old")]
    [InlineData("CREATE TABLE t (\n  a int, -- lockplane: renamed from b\n  c int);", "ColumnDef t a b")]
    [InlineData("CREATE TABLE t (\n  a int,\n  -- lockplane: renamed from d\n  c int);", "ColumnDef t c d")]
    [InlineData("CREATE TABLE t (\n  a int\n  -- lockplane: renamed from d\n  , c int);", "ColumnDef t c d")]
    [InlineData("CREATE TABLE t (\n  a int,\n  c int -- lockplane: renamed from d\n);", "ColumnDef t c d")]
    [InlineData("CREATE TABLE t (\n  a int\n) -- lockplane: renamed from d\n;", "CreateStmt t - d")]
    [InlineData("CREATE TABLE t (\n  a int,\n  CONSTRAINT c CHECK (a > 0)); -- lockplane: renamed from d", "CreateStmt t - d")]
    [InlineData("CREATE TABLE t (\n  a int,\n  CONSTRAINT c CHECK (a > 0) -- lockplane: renamed from d\n);", "Constraint t c d")]
    [InlineData("-- lockplane: renamed from d\nCREATE INDEX i ON t (a);", "IndexStmt i - d")]
    [InlineData("-- lockplane: renamed from d\nCREATE POLICY p ON t;", "CreatePolicyStmt t p d")]
    [InlineData("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); -- a comment\n-- lockplane: renamed from d\n-- another\nCREATE VIEW v AS SELECT 1 AS a;", "CreateSViewStmt")]
    public void A_rename_is_about_the_definition_below_or_before_it(string sql, string expected)
    {
        RenameDirective rename = Assert.Single(Reader.Read([new SchemaFile("x.sql", sql)]).Renames);
        string actual = $"{rename.Kind} {rename.Name} {rename.Part ?? "-"} {(rename.OldSchema is null ? "" : rename.OldSchema + ".")}{rename.OldName}";
        Assert.Equal(expected == "CreateSViewStmt" ? "ViewStmt v - d" : expected, actual);
    }

    [Theory]
    [InlineData("-- lockplane renamed from old\nCREATE TABLE t (id int);", "x.sql:1:1")]
    [InlineData("-- lockplane: renamed to new\nCREATE TABLE t (id int);", "x.sql:1:1")]
    [InlineData("CREATE TABLE t (id int);\n-- lockplane: renamed from old", "x.sql:2:1")]
    [InlineData("-- lockplane: renamed from old\nGRANT SELECT ON t TO bob;", "x.sql:1:1")]
    [InlineData("/* lockplane: renamed from old */ CREATE TABLE t (id int);", "x.sql:1:1")]
    [InlineData("CREATE TABLE t (\n  a int, -- lockplane: renamed from s.b\n  c int);", "x.sql:2:10")]
    [InlineData("CREATE TABLE t (\n  -- lockplane: renamed from b\n  LIKE other);", "x.sql:2:3")]
    public void A_directive_that_is_not_understood_or_misplaced_is_an_error(string sql, string place)
    {
        LockplaneException refusal = Refused(sql);
        Assert.Equal(ErrorCodes.Directive, refusal.Code);
        Assert.StartsWith(place + ":", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directive_inside_of_a_string_is_a_string() =>
        Assert.Empty(Reader.Read([new SchemaFile("x.sql", "COMMENT ON TABLE t IS '\n-- lockplane: renamed from old\n';")]).Renames);

    private static LockplaneException Refused(string sql) => Assert.Throws<LockplaneException>(() => Reader.Read([new SchemaFile("x.sql", sql)]));
}
