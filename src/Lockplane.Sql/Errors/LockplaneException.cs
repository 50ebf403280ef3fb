namespace Lockplane.Sql.Errors;

/// <summary>An error that a person or a program at one of the doors is to read: never an accident of the code.</summary>
/// <remarks>Carries no secret and no parameter value. <see cref="Exception.Message"/> is one sentence.</remarks>
public sealed class LockplaneException(ErrorCode code, string message, string? detail = null, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What kind of error it is.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>Where and what exactly; null when the message says it all.</summary>
    public string? Detail { get; } = detail;

    /// <summary>What to do; the code's remedy unless something more exact is known.</summary>
    public string Hint { get; } = hint ?? code.Remedy;
}
