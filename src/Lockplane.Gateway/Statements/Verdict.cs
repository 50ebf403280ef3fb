namespace Lockplane.Gateway.Statements;

/// <summary>What the gate decided about one text of a Query or Parse message.</summary>
public enum VerdictKind
{
    /// <summary>The bytes go to the server unchanged.</summary>
    Permit,

    /// <summary>Refused: the client gets <see cref="Verdict.Refusal"/>.</summary>
    Refuse,

    /// <summary>It changes the schema: under profile migrator handed to <see cref="IDdlGate"/> to be applied; under others refused, after that was asked for a plan.</summary>
    Ddl,
}

/// <summary>The gate's decision. Immutable, so that it can be cached by text.</summary>
/// <param name="Kind">What is to happen.</param>
/// <param name="Refusal">Why, and what to do instead; null when permitted. A permitting verdict that has one is an observation: the profile would refuse it, if it were not in mode observe.</param>
public sealed record Verdict(VerdictKind Kind, Refusal? Refusal)
{
    /// <summary>The one permitting verdict.</summary>
    public static Verdict Permitted { get; } = new(VerdictKind.Permit, null);

    /// <summary>False where the parser had too little time or memory: the text is judged again the next time.</summary>
    public bool IsLasting { get; init; } = true;

    /// <summary>Whether the text of a schema change holds that one statement and nothing else.</summary>
    public bool IsAlone { get; init; }

    /// <summary>The tag of its CommandComplete; null where the change is inside of another statement.</summary>
    public string? CommandTag { get; init; }
}

/// <summary>The fields of the ErrorResponse that a refused statement is answered with.</summary>
/// <param name="Code">SQLSTATE or one of Lockplane's codes.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Detail">The node, function or setting, and where it stands.</param>
/// <param name="Hint">What to do instead.</param>
/// <param name="Position">1-based character position in the statement, 0 when unknown.</param>
/// <param name="Subject">The node type, function, setting or relation, for the audit; null when it is about none.</param>
public sealed record Refusal(string Code, string Message, string? Detail = null, string? Hint = null, int Position = 0, string? Subject = null);
