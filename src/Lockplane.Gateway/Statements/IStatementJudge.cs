namespace Lockplane.Gateway.Statements;

/// <summary>Decides about the text of one Query or Parse message (valid or not, without its terminating NUL). Called from many threads.</summary>
public interface IStatementJudge
{
    /// <summary>The verdict on a text that was judged before; false when it must be judged. Allocates nothing, takes no lock.</summary>
    bool TryFind(ReadOnlySpan<byte> sql, out Verdict verdict);

    /// <summary>The verdict on a text. May take long: never on a loop.</summary>
    /// <param name="sql">The text.</param>
    /// <param name="session">The number of the session that sent it: what is kept of its texts makes room for its own first.</param>
    Verdict Judge(ReadOnlySpan<byte> sql, long session);
}
