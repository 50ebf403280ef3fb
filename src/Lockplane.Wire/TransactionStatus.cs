namespace Lockplane.Wire;

/// <summary>A session's transaction status as ReadyForQuery gives it.</summary>
/// <remarks>Spec: "Message Formats", ReadyForQuery.</remarks>
public enum TransactionStatus : byte
{
    /// <summary>Not known: no ReadyForQuery since the last request was sent.</summary>
    Unknown = 0,

    /// <summary>Outside a transaction.</summary>
    Idle = (byte)'I',

    /// <summary>In a transaction block.</summary>
    InTransaction = (byte)'T',

    /// <summary>In a failed transaction block, where everything is refused until it ends.</summary>
    Failed = (byte)'E',
}
