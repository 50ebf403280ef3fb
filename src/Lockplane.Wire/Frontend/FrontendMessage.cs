namespace Lockplane.Wire.Frontend;

/// <summary>The type bytes of messages that a client sends, and what each may be.</summary>
/// <remarks>Spec: "Message Formats".</remarks>
public static class FrontendMessage
{
    public const byte Bind = (byte)'B';
    public const byte Close = (byte)'C';
    public const byte CopyData = (byte)'d';
    public const byte CopyDone = (byte)'c';
    public const byte CopyFail = (byte)'f';
    public const byte Describe = (byte)'D';
    public const byte Execute = (byte)'E';
    public const byte Flush = (byte)'H';
    public const byte FunctionCall = (byte)'F';
    public const byte Parse = (byte)'P';

    /// <summary>PasswordMessage, SASLInitialResponse and SASLResponse: only before the login is complete.</summary>
    public const byte Password = (byte)'p';
    public const byte Query = (byte)'Q';
    public const byte Sync = (byte)'S';
    public const byte Terminate = (byte)'X';

    /// <summary>The longest length field that a message of this type may announce after the login; 0 for a type that does not exist there.</summary>
    public static int Limit(byte type) => type switch
    {
        Query or Parse or Bind or CopyData or FunctionCall => ProtocolLimits.LargeMessage,
        Close or CopyDone or CopyFail or Describe or Execute or Flush or Sync or Terminate => ProtocolLimits.SmallMessage,
        _ => 0,
    };
}
