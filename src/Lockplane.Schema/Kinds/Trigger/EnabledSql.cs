namespace Lockplane.Schema.Kinds;

/// <summary>Writes whether a trigger or rule fires.</summary>
internal static class EnabledSql
{
    /// <summary>The words in ALTER TABLE and ALTER EVENT TRIGGER.</summary>
    public static string Word(string? enabled) => enabled switch
    {
        null or "origin" => "ENABLE",
        "disabled" => "DISABLE",
        "replica" => "ENABLE REPLICA",
        "always" => "ENABLE ALWAYS",
        _ => throw new NotSupportedException($"\"{enabled}\" is no state of a trigger or rule."),
    };
}
