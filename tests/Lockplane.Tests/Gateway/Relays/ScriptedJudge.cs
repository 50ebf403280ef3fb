using Lockplane.Gateway.Statements;

namespace Lockplane.Tests.Gateway.Relays;

internal delegate Verdict JudgeText(ReadOnlySpan<byte> text);

/// <summary>A gate as a test writes it.</summary>
/// <param name="knows">Whether it knows every text at once; otherwise each must be judged.</param>
internal sealed class ScriptedJudge(JudgeText judge, bool knows = false) : IStatementJudge, IStatementGates
{
    public IStatementJudge For(Profile profile, string database) => this;

    public void Post(int textBytes, Action judge) => ThreadPool.QueueUserWorkItem(static judge => judge(), judge, preferLocal: false);

    public bool TryFind(ReadOnlySpan<byte> sql, out Verdict verdict)
    {
        verdict = knows ? judge(sql) : null!;
        return knows;
    }

    public Verdict Judge(ReadOnlySpan<byte> sql, long session) => judge(sql);
}
