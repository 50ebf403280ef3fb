using System.Text;
using System.Text.Json;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Tests.Sql;

public class PgQueryParserTests
{
    private static readonly string Bomb = "SELECT 1" + string.Concat(Enumerable.Repeat("+1", 100_000));

    [Fact]
    public void A_statement_becomes_the_tree_of_Postgres_18()
    {
        ParsedSql parsed = TestParser.Shared.Parse("SELECT 1");

        using JsonDocument tree = parsed.OpenTree();
        Assert.Equal(180004, tree.RootElement.GetProperty("version").GetInt32());
        Assert.True(tree.RootElement.GetProperty("stmts")[0].GetProperty("stmt").TryGetProperty("SelectStmt", out _));
    }

    [Theory]
    [InlineData("SELECT 1 FROM", "syntax error at end of input", 14)]
    [InlineData("SELECT 'é' FROM FROM", "syntax error at or near \"FROM\"", 17)]
    [InlineData("SELECT '", "unterminated quoted string at or near \"'\"", 8)]
    [InlineData("SELECT /* x", "unterminated /* comment at or near \"/* x\"", 8)]
    public void A_syntax_error_has_the_message_and_the_position_of_Postgres(string sql, string message, int position)
    {
        SqlSyntaxError? error = TestParser.Shared.Parse(sql).Error;

        Assert.Equal(new SqlSyntaxError("42601", message, position), error);
    }

    [Fact]
    public void Parsing_goes_on_after_a_syntax_error()
    {
        for (int n = 0; n < 100; n++)
        {
            Assert.False(TestParser.Shared.Parse("SELEC").Succeeded);
        }

        Assert.True(TestParser.Shared.Parse("SELECT 1").Succeeded);
    }

    [Theory]
    [InlineData("SELECT 1 RETURNING", "42601")]
    [InlineData("UPDATE t SET a = 1 RETURNING WITH (OLD AS o) o.a", null)]
    [InlineData("CREATE TABLE t (a int GENERATED ALWAYS AS (1) VIRTUAL)", null)]
    [InlineData("SELECT * FROM JSON_TABLE('[]', '$[*]' COLUMNS (a int PATH '$.a')) t", null)]
    public void The_grammar_is_that_of_Postgres_18(string sql, string? state) => Assert.Equal(state, TestParser.Shared.Parse(sql).Error?.SqlState);

    [Theory]
    [InlineData(new byte[] { (byte)'S', 0xC3, (byte)'(' }, "22021", 2)]
    [InlineData(new byte[] { (byte)'S', 0xC0, 0x80 }, "22021", 2)]
    [InlineData(new byte[] { (byte)'S', 0xED, 0xA0, 0x80 }, "22021", 2)]
    [InlineData(new byte[] { (byte)';', 0xC3, 0xA9, 0, (byte)'D' }, "08P01", 3)]
    public void Bytes_that_the_server_would_read_otherwise_are_refused_before_parsing(byte[] text, string state, int position)
    {
        SqlSyntaxError? error = TestParser.Shared.Parse(text).Error;

        Assert.Equal(state, error?.SqlState);
        Assert.Equal(position, error?.Position);
    }

    [Fact]
    public void A_text_over_the_limit_is_refused_before_parsing()
    {
        using PgQueryParser parser = new(new PgQueryOptions { MaxTextBytes = 10 });

        Assert.Equal("54000", parser.Parse("SELECT 12345").Error?.SqlState);
    }

    [Fact]
    public void A_hundred_thousand_terms_are_an_error_and_parsing_goes_on()
    {
        Assert.Equal("54001", TestParser.Shared.Parse(Bomb).Error?.SqlState);
        Assert.True(TestParser.Shared.Parse("SELECT 1").Succeeded);
    }

    [Fact]
    public void A_hundred_thousand_terms_are_an_error_on_a_caller_with_a_small_stack()
    {
        string? state = null;
        Thread caller = new(() => state = TestParser.Shared.Parse(Bomb).Error?.SqlState, 128 << 10);
        caller.Start();
        caller.Join();

        Assert.Equal("54001", state);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("NOT ")]
    [InlineData("f(")]
    [InlineData("- ")]
    [InlineData("ARRAY[")]
    [InlineData("CASE WHEN ")]
    [InlineData("(SELECT ")]
    public void Deep_nesting_to_the_right_is_an_error(string opening) =>
        Assert.Contains(TestParser.Shared.Parse("SELECT " + string.Concat(Enumerable.Repeat(opening, 50_000))).Error?.SqlState, new[] { "54001", "42601" });

    [Theory]
    [InlineData("SELECT 1", " UNION ALL SELECT 1")]
    [InlineData("SELECT a", "::text")]
    [InlineData("SELECT a", "||b")]
    [InlineData("SELECT a", " IS NULL IS NOT TRUE")]
    [InlineData("SELECT a", " COLLATE c")]
    [InlineData("SELECT 1 FROM a", " JOIN b ON c")]
    public void Deep_nesting_to_the_left_is_an_error_or_a_tree_and_never_a_crash(string start, string link)
    {
        ParsedSql parsed = TestParser.Shared.Parse(start + string.Concat(Enumerable.Repeat(link, 60_000)));

        Assert.Contains(parsed.Error?.SqlState, new[] { null, "54001", "54000" });
        Assert.True(TestParser.Shared.Parse("SELECT 1").Succeeded);
    }

    [Fact]
    public void A_tree_ten_thousand_levels_deep_is_read_without_recursion()
    {
        Statement statement = TestParser.Single("SELECT f(1)" + string.Concat(Enumerable.Repeat("+1", 10_000)));

        Assert.Equal("f", Assert.Single(statement.Calls).Name);
    }

    [Fact]
    public void A_text_over_a_megabyte_parses_on_an_instance_of_its_own()
    {
        ParsedSql parsed = TestParser.Shared.Parse("SELECT '" + new string('x', 3 << 20) + "'");

        Assert.True(parsed.Succeeded);
        Assert.True(parsed.Tree.Length > 3 << 20);
    }

    [Fact]
    public async Task Many_callers_share_the_instances()
    {
        using PgQueryParser parser = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery"), MaxInstances = 2 });

        int[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(n => Task.Run(() =>
        {
            using JsonDocument tree = parser.Parse($"SELECT {n}").OpenTree();
            return tree.RootElement.GetProperty("stmts")[0].GetProperty("stmt").GetProperty("SelectStmt").GetProperty("targetList")[0].GetProperty("ResTarget")
                .GetProperty("val").GetProperty("A_Const").GetProperty("ival").TryGetProperty("ival", out JsonElement value) ? value.GetInt32() : 0;
        }, TestContext.Current.CancellationToken)));

        Assert.Equal(Enumerable.Range(0, 64), answers);
    }

    [Fact]
    public void An_error_of_the_reader_reaches_the_caller_and_parsing_goes_on()
    {
        Assert.Throws<JsonException>(() => TestParser.Shared.Parse<int>("SELECT 1"u8, static _ => throw new JsonException("mine")));
        Assert.True(TestParser.Shared.Parse("SELECT 1").Succeeded);
    }

    [Fact]
    public void A_parse_that_takes_too_long_is_ended_and_the_next_is_not()
    {
        using PgQueryParser parser = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery"), MaxParseTime = TimeSpan.FromMilliseconds(200) });
        parser.Load();

        ParsedSql parsed = parser.Parse("SELECT 1" + string.Concat(Enumerable.Repeat(",1", 2_000_000)));

        Assert.Equal("57014", parsed.Error?.SqlState);
        Assert.True(parser.Parse("SELECT 1").Succeeded);
    }

    [Fact]
    public void A_tree_of_too_many_nodes_is_refused()
    {
        Assert.True(TestParser.Reader.Read(Encoding.UTF8.GetBytes("SELECT 1" + string.Concat(Enumerable.Repeat(",1", 100_000)))).Succeeded);
        Assert.Equal("54000", TestParser.Reader.Read(Encoding.UTF8.GetBytes("SELECT 1" + string.Concat(Enumerable.Repeat(",1", 500_000)))).Error?.SqlState);
    }

    [Fact]
    public async Task Long_texts_of_many_callers_do_not_keep_a_short_one_waiting()
    {
        using PgQueryParser parser = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery"), MaxInstances = 1 });
        parser.Load();
        string text = "SELECT 1" + string.Concat(Enumerable.Repeat(",1", 400_000));
        int parsed = 0;
        Task[] longOnes = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => { parser.Parse(text); Interlocked.Increment(ref parsed); }, TestContext.Current.CancellationToken))];
        while (parsed == 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        // While one long text is parsed after the other.
        for (int n = 0; n < 20; n++)
        {
            Assert.True(parser.Parse("SELECT 2").Succeeded);
        }

        Assert.True(parsed < longOnes.Length, "The short texts waited for all the long ones.");
        await Task.WhenAll(longOnes);
    }

    [Fact]
    public void Posted_work_parses_on_its_own_thread()
    {
        using PgQueryParser parser = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery"), MaxInstances = 1 });
        using ManualResetEventSlim done = new();
        bool sameThread = false;
        parser.Post(10, () =>
        {
            int thread = Environment.CurrentManagedThreadId;
            sameThread = parser.Parse("SELECT 1"u8, _ => Environment.CurrentManagedThreadId == thread).Value;
            done.Set();
        });
        Assert.True(done.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken) && sameThread);
    }

    [Fact]
    public void A_parser_that_is_disposed_says_so()
    {
        PgQueryParser parser = new(new PgQueryOptions());
        parser.Dispose();
        parser.Dispose();

        Assert.Throws<ObjectDisposedException>(() => parser.Parse("SELECT 1"));
    }

    [Fact]
    public void Positions_count_characters_and_not_bytes()
    {
        Assert.Equal(3, SqlText.CharacterPosition(Encoding.UTF8.GetBytes("é日x"), 5));
        Assert.Equal(0, SqlText.CharacterPosition("ab"u8, 9));
    }
}
