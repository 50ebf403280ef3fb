namespace Lockplane.Wire;

/// <summary>The SQLSTATEs that the gateway itself answers with.</summary>
/// <remarks>Spec: PostgreSQL manual, appendix "PostgreSQL Error Codes".</remarks>
public static class SqlState
{
    public const string SuccessfulCompletion = "00000";
    public const string Warning = "01000";
    public const string FeatureNotSupported = "0A000";
    public const string ProtocolViolation = "08P01";
    public const string InvalidParameterValue = "22023";
    public const string CharacterNotInRepertoire = "22021";
    public const string ActiveTransaction = "25001";
    public const string InvalidAuthorization = "28000";
    public const string InvalidPassword = "28P01";
    public const string InsufficientPrivilege = "42501";
    public const string SyntaxError = "42601";
    public const string OutOfMemory = "53200";
    public const string TooManyConnections = "53300";
    public const string ProgramLimitExceeded = "54000";
    public const string QueryCanceled = "57014";
    public const string AdminShutdown = "57P01";
    public const string CannotConnectNow = "57P03";
    public const string IdleSessionTimeout = "57P05";
    public const string InternalError = "XX000";
}
