namespace Lockplane.Wire;

/// <summary>A peer sent bytes that the protocol does not allow, or asked for what is refused: the session ends with this error.</summary>
/// <param name="sqlState">The SQLSTATE to answer with.</param>
/// <param name="message">One sentence, without secrets and without what the peer sent as a value.</param>
public sealed class ProtocolException(string sqlState, string message, string? detail = null, string? hint = null) : Exception(message)
{
    /// <summary>A violation of the protocol itself (08P01).</summary>
    public ProtocolException(string message) : this(Lockplane.Wire.SqlState.ProtocolViolation, message)
    {
    }

    /// <summary>The SQLSTATE to answer with.</summary>
    public string SqlState { get; } = sqlState;

    /// <summary>What exactly, when the message does not say it all.</summary>
    public string? Detail { get; } = detail;

    /// <summary>What to do instead.</summary>
    public string? Hint { get; } = hint;
}
