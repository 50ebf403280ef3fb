using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Lockplane.Bench.Sql;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Bench.Gateway.Statements;

/// <summary>What a verdict costs: known by the text's bytes, known by its tokens, and new. With as many other texts known as a busy application has.</summary>
[MemoryDiagnoser, MinColumn]
public class VerdictBenchmark : IDisposable
{
    private readonly PgQueryParser _parser = new(new PgQueryOptions { MaxInstances = 1 });
    private StatementGate? _gate;
    private byte[] _text = [];
    private byte[] _other = [];
    private string _begin = "";
    private int _count;

    /// <summary>Which text.</summary>
    [Params(SqlTexts.PointSelect, SqlTexts.OrmJoin)]
    public string Text { get; set; } = "";

    [GlobalSetup]
    public void Judge()
    {
        _gate = new(_parser, Profile.Application());
        _text = SqlTexts.Of(Text);
        _begin = Encoding.UTF8.GetString(_text).TrimEnd(';');
        _other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(_text).Replace("1234", "5678", StringComparison.Ordinal).Replace("'EUR'", "'USD'", StringComparison.Ordinal));
        for (int n = 0; n < 1_000; n++)
        {
            _gate.Judge(Encoding.UTF8.GetBytes($"SELECT column_{n} FROM some_table WHERE id = {n}"), session: 1);
        }

        _gate.Judge(_text, session: 2);
        if (!ByText() || !ByTokens())
        {
            throw new InvalidOperationException("The verdict is not known.");
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _parser.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Description = "known by its bytes")]
    public bool ByText() => _gate!.TryFind(_text, out _);

    [Benchmark(Description = "known by its tokens")]
    public bool ByTokens() => _gate!.TryFind(_other, out _);

    /// <summary>With another name at the end each time, whose making is part of it.</summary>
    [Benchmark(Description = "new, judged by a waiting caller")]
    public Verdict New() => _gate!.Judge(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_begin} AND a{_count++}")), session: 3);
}
