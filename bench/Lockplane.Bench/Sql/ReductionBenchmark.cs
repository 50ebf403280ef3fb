using BenchmarkDotNet.Attributes;
using Lockplane.Sql.Lexing;

namespace Lockplane.Bench.Sql;

/// <summary>What it costs to reduce a text to its sequence of tokens, and to split it into tokens one by one.</summary>
[MemoryDiagnoser, MinColumn]
public class ReductionBenchmark
{
    private byte[] _text = [];
    private byte[] _reduced = [];

    /// <summary>Which text.</summary>
    [Params(SqlTexts.PointSelect, SqlTexts.OrmJoin, SqlTexts.Script, SqlTexts.Inserts)]
    public string Text { get; set; } = "";

    [GlobalSetup]
    public void Make()
    {
        _text = SqlTexts.Of(Text);
        _reduced = new byte[_text.Length + SqlReduction.Slack];
        Console.WriteLine($"// {Text}: {_text.Length} bytes, reduced to {Reduce()}");
    }

    [Benchmark(Description = "reduce")]
    public int Reduce() => SqlReduction.TryReduce(_text, _reduced, out int length) ? length : throw new InvalidOperationException("The text was not reduced.");

    [Benchmark(Description = "lex")]
    public int Lex()
    {
        SqlLexer lexer = new(_text);
        int tokens = 0;
        while (lexer.Next())
        {
            tokens++;
        }

        return lexer.Failed ? throw new InvalidOperationException("The text was not lexed.") : tokens;
    }
}
