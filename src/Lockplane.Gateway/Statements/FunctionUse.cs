namespace Lockplane.Gateway.Statements;

/// <summary>How a statement comes to call a function.</summary>
internal enum UseForm
{
    /// <summary><c>f(...)</c>.</summary>
    Call,

    /// <summary><c>TABLESAMPLE f (...)</c>.</summary>
    TableSample,

    /// <summary>A form of a newer major's grammar, which an older server takes for <c>f(...)</c>.</summary>
    Grammar,

    /// <summary><c>(x).f</c>, or <c>t.f</c> where t may stand for a scalar: f takes one argument of whatever type.</summary>
    Field,

    /// <summary><c>t.f</c>: f takes one argument that is a row.</summary>
    Column,

    /// <summary>An operator, written or implied.</summary>
    Operator,

    /// <summary>A type that is cast to.</summary>
    Type,
}

/// <summary>A name in a statement that may call a function.</summary>
/// <param name="Schema">As written; null when unqualified.</param>
/// <param name="Location">Byte offset in the text.</param>
internal readonly record struct FunctionUse(UseForm Form, string? Schema, string Name, int Location)
{
    /// <summary>The name as it is told.</summary>
    public string Display => Form switch
    {
        UseForm.Operator => Schema is null ? $"operator {Name}" : $"OPERATOR({Schema}.{Name})",
        UseForm.Type => $"a cast to {Schema ?? "type"}{(Schema is null ? " " : ".")}{Name}",
        _ => Schema is null ? Name : Schema + "." + Name,
    };

    /// <summary>How it stands there.</summary>
    public string How => Form switch
    {
        UseForm.TableSample => "as a sampling method",
        UseForm.Field or UseForm.Column => "in attribute notation",
        UseForm.Operator => "as an operator",
        UseForm.Type => "as a type",
        _ => "as a function",
    };
}

/// <summary>Judges the names in a statement that may call functions.</summary>
internal interface IFunctionJudge
{
    /// <summary>What is held against it; null when it passes.</summary>
    Finding? Judge(FunctionUse use);

    /// <summary>Whether a body of DO passes: what is held against it.</summary>
    Finding? Judge(Sql.Statements.BodyFact body);

    /// <summary>Whether a relation may be a view over pg_settings, whose rule calls set_config for an UPDATE.</summary>
    bool IsSettingsView(string? schema, string name);
}
