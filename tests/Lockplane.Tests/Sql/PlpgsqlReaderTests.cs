using System.Globalization;
using System.Text.RegularExpressions;
using Lockplane.Sql.Plpgsql;

namespace Lockplane.Tests.Sql;

public partial class PlpgsqlReaderTests
{
    private static readonly PlpgsqlReader Reader = new(TestParser.Shared);

    [Theory]
    [InlineData("DECLARE x int := q1(); r record := q2(); t public.t DEFAULT q3(); c CURSOR (k int) FOR SELECT q4(); a int[] := q5(); d s.domain NOT NULL = q6(); e t.a%TYPE := q7(); BEGIN END")]
    [InlineData("DECLARE y t%ROWTYPE := q1(); z CONSTANT s.t%rowtype := q2(); BEGIN y.a := q3(); y.b[q4()] = q5(); SELECT q6() INTO y.c; END")]
    [InlineData("DECLARE \"R x\" record := q1(); begin <<b>> declare R record default q2(); /* ; */ begin null; end; end")]
    [InlineData("DECLARE x int; a int[]; BEGIN x := q1(); a[q2()] := q3(); IF q4() THEN NULL; ELSIF q5() THEN x := q6(); ELSE x = q7(); END IF; END")]
    [InlineData("DECLARE x int; BEGIN CASE q1() WHEN q2(), q3() THEN x := q4(); ELSE x := q5(); END CASE; CASE WHEN q6() THEN x := q7(); END CASE; END")]
    [InlineData("DECLARE x int; BEGIN LOOP EXIT WHEN q1(); CONTINUE WHEN q2(); END LOOP; WHILE q3() LOOP x := q4(); END LOOP; FOR i IN q5()..q6() BY q7() LOOP x := q8(); END LOOP; END")]
    [InlineData("DECLARE r record; x int; BEGIN FOR r IN SELECT q1() LOOP x := q2(); END LOOP; FOREACH x IN ARRAY q3() LOOP x := q4(); END LOOP; END")]
    [InlineData("DECLARE r record; BEGIN FOR r IN EXECUTE q1() USING q2(), q3() LOOP PERFORM q4(); END LOOP; EXECUTE q5() INTO r USING q6(); END")]
    [InlineData("DECLARE c CURSOR (k int) FOR SELECT 1; d refcursor; x int; BEGIN OPEN c(q1()); OPEN d FOR SELECT q2(); OPEN d FOR EXECUTE q3() USING q4(); FETCH RELATIVE q5() FROM d INTO x; MOVE FORWARD q6() FROM d; FOR r IN c(q7()) LOOP PERFORM q8(); END LOOP; END")]
    [InlineData("DECLARE x int; BEGIN PERFORM q1(); INSERT INTO t VALUES (q2()) RETURNING q3() INTO x; CALL q4(q5()); SELECT q6() INTO STRICT x FROM q7(); DO 'x'; END")]
    [InlineData("BEGIN RAISE NOTICE '%', q1(); RAISE EXCEPTION USING message = q2(), detail = q3(); ASSERT q4(), q5(); END")]
    [InlineData("DECLARE x int; BEGIN BEGIN x := q1(); EXCEPTION WHEN division_by_zero OR SQLSTATE '22012' THEN x := q2(); WHEN OTHERS THEN x := q3(); END; COMMIT; ROLLBACK; RETURN; END")]
    [InlineData("DECLARE a int[]; BEGIN a /* = 'x */ := q1(); a -- = 'x\n = q2() /* ' */; a['=' || q3()] := q4(); END")]
    [InlineData("#variable_conflict use_column DECLARE r record := q1(); BEGIN END")]
    [InlineData("# option dump\n#print_strict_params on -- x\n/* y */ #variable_conflict error <<a>> DECLARE r record := q1(); BEGIN DECLARE r int := q2(); BEGIN NULL; END; END")]
    [InlineData("<<a>> DECLARE r record := q1(); BEGIN <<b>> DECLARE r t.u := q2(); BEGIN END; DECLARE DECLARE r record := q3(); DECLARE s t.u = q4(); BEGIN END; EXCEPTION WHEN OTHERS THEN DECLARE r record := q5(); BEGIN END; END")]
    [InlineData("DECLARE x int; BEGIN IF q1() THEN DECLARE r record := q2(); BEGIN END; ELSIF q3() THEN DECLARE r record := q4(); BEGIN END; ELSE DECLARE r record := q5(); BEGIN END; END IF; LOOP DECLARE r record := q6(); BEGIN END; END LOOP; END")]
    [InlineData("BEGIN CASE 1 WHEN q1() THEN DECLARE r record := q2(); BEGIN END; ELSE DECLARE r record := q3(); BEGIN END; END CASE; CASE WHEN q4() THEN DECLARE r record := q5(); BEGIN END; END CASE; END")]
    [InlineData("DECLARE i int; k int; c NO SCROLL CURSOR (k numeric(10, 2), l int) FOR SELECT q1(k, l); n ALIAS FOR i; r record := q2(); BEGIN FOR i IN 1..3 LOOP FOR i IN q3()..2 LOOP NULL; END LOOP; END LOOP; FOR r IN c(1, 2) LOOP NULL; END LOOP; CASE 1 WHEN 1 THEN NULL; END CASE; END")]
    public void The_calls_of_every_expression_of_a_body_are_found(string body)
    {
        PlpgsqlBody read = Reader.ReadDo(body);

        Assert.Null(read.Fault);
        Assert.Equal(Calls().Matches(body).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal), CallsOf(read));
    }

    [Fact]
    public void Functions_return_values_rows_and_queries()
    {
        PlpgsqlBody read = Reader.ReadFunction("CREATE FUNCTION f(a public.t, b text) RETURNS SETOF public.t LANGUAGE plpgsql AS",
            "BEGIN a.x := q1(); RETURN NEXT q2(); RETURN QUERY SELECT q3(); RETURN QUERY EXECUTE q4() USING q5(); RETURN; END");

        Assert.Null(read.Fault);
        Assert.Equal(["q1", "q2", "q3", "q4", "q5"], CallsOf(read));
        Assert.Equal(["q6"], CallsOf(Reader.ReadFunction("CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS", "BEGIN RETURN q6() || 'it''s \\ '; END")));
        Assert.Equal(["q7"], CallsOf(Reader.ReadFunction("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS", "BEGIN new.x := q7(); RETURN new; END")));
    }

    [Fact]
    public void The_text_of_EXECUTE_is_read_where_it_is_a_constant()
    {
        PlpgsqlBody read = Reader.ReadDo("DECLARE x text; BEGIN EXECUTE 'SELECT q1(); SELECT q2()'; EXECUTE E'SELECT \\x712e71332829'::text; EXECUTE 'SELECT ' || x; EXECUTE format('q()'); EXECUTE $$SELECT q4($1)$$ USING 1; END");

        Assert.Null(read.Fault);
        Assert.Equal(["format", "q1", "q2", "q4"], CallsOf(read));
        Assert.Equal(3, read.Built.Length);
    }

    [Theory]
    [InlineData("BEGIN retur 1; END")]
    [InlineData("BEGIN x := 1; END")]
    [InlineData("DECLARE U&\"r\" record := q(); BEGIN END")]
    [InlineData("DECLARE c text COLLATE \"C\"; n int COLLATE \"C\"; BEGIN END")]
    [InlineData("BEGIN EXECUTE 'SELEC 1'; END")]
    [InlineData("BEGIN END; END")]
    [InlineData("#option DECLARE DECLARE r record := q(); BEGIN END")]
    [InlineData("BEGIN PERFORM CASE WHEN true THEN declare ELSE 1 END; LOOP DECLARE r record := q(); BEGIN r := 5; END; END LOOP; END")]
    [InlineData("DECLARE c CURSOR (perform int) FOR SELECT 1; BEGIN SELECT 1 >> declare; PERFORM y%rowtype(1); END")]
    [InlineData("DECLARE r record; BEGIN SELECT 1 >> declare; r := 5; END")]
    [InlineData("BEGIN PERFORM a + declare; END")]
    [InlineData("BEGIN PERFORM r.declare FROM r; END")]
    [InlineData("DECLARE x t('a' -- \n 'b'); BEGIN END")]
    [InlineData("DECLARE x t(E'1' -- \n '\\' || ') := q(); y t('); BEGIN END")]
    [InlineData("'")]
    [InlineData("")]
    public void What_cannot_be_read_is_a_fault(string body) => Assert.NotEmpty(Reader.ReadDo(body).Fault!);

    [Fact]
    public void A_body_nested_without_end_is_a_fault()
    {
        string nested = string.Concat(Enumerable.Repeat("BEGIN ", 20_000)) + string.Concat(Enumerable.Repeat("END; ", 20_000));

        Assert.NotNull(Reader.ReadDo(nested).Fault);
        Assert.Null(Reader.ReadDo("BEGIN END").Fault);
    }

    [Fact]
    public void Faults_leave_the_parser_as_it_was()
    {
        for (int n = 0; n < 50; n++)
        {
            Assert.NotNull(Reader.ReadDo(string.Create(CultureInfo.InvariantCulture, $"DECLARE x int; BEGIN IF x = {n} THEN LOOP y := 1; END")).Fault);
            Assert.Equal(["q1"], CallsOf(Reader.ReadDo("DECLARE x int; BEGIN x := q1(); END")));
        }
    }

    private static List<string> CallsOf(PlpgsqlBody body) => [.. body.Statements.SelectMany(statement => statement.Calls).Select(call => call.Name).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"q\d+(?=\()")]
    private static partial Regex Calls();
}
