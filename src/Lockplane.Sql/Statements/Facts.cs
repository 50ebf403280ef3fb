using System.Collections.Immutable;

namespace Lockplane.Sql.Statements;

/// <summary>A node type that stands somewhere in a statement.</summary>
/// <param name="Type">Postgres's name, such as <c>A_Expr</c>; <c>?Parent.field</c> when the tree has an object whose type is not known.</param>
/// <param name="Location">Byte offset in the whole text of the first one, or of what was read just before it.</param>
public readonly record struct NodeFact(string Type, int Location)
{
    /// <summary>Whether the tree has an object here whose type is not known.</summary>
    public bool IsUnknown => Type.StartsWith('?');
}

/// <summary>How a name comes to be called as a function.</summary>
public enum CallForm
{
    /// <summary><c>f(...)</c>, or the SQL syntax that the parser turns into a call.</summary>
    Call,

    /// <summary><c>TABLESAMPLE f (...)</c>.</summary>
    TableSample,

    /// <summary>A form of the grammar that is one in newer majors only: an older server takes <c>json_scalar(x)</c> for a call of a function of that name.</summary>
    Grammar,
}

/// <summary>A function call.</summary>
/// <param name="Schema">As written; null when unqualified. A name of three parts keeps its database before the schema: <c>db.schema</c>.</param>
/// <param name="Name">The function's name, after folding and unescaping by the parser.</param>
/// <param name="Arguments">For each argument its text where it is a plain constant, otherwise null (an expression, a parameter, a named argument).</param>
/// <param name="Location">Byte offset in the whole text.</param>
public sealed record CallFact(string? Schema, string Name, ImmutableArray<string?> Arguments, CallForm Form, int Location);

/// <summary>A name that Postgres takes for a column or field and, where there is none, for a function of one argument: <c>t.name</c>, <c>(x).name</c>.</summary>
/// <param name="Qualifier">For the last name of a column reference what stands before it, <c>a</c> in <c>a.b</c>; null for a field of an expression.</param>
public readonly record struct AttributeFact(string? Qualifier, string Name, int Location);

/// <summary>
/// A function in FROM. Its alias stands for its result, which may be a scalar: then <c>alias.name</c> can call a function (<c>SELECT t.upper FROM lower('A') t</c>), which is not
/// possible with the alias of a table.
/// </summary>
/// <param name="Alias">Null when it has none: then its name is the function's.</param>
/// <param name="Function">The function's name without schema; null when it is another expression than a call, such as CAST or COALESCE, and for ROWS FROM of several.</param>
/// <param name="Columns">The columns that its alias or its column definition list names.</param>
public sealed record RangeFunctionFact(string? Alias, string? Function, ImmutableArray<string> Columns);

/// <summary>An operator, written or used by the syntax (BETWEEN, CASE x WHEN, IN, JOIN ... USING); each name once.</summary>
/// <param name="Schema">Null unless it is named with <c>OPERATOR(schema.op)</c>.</param>
public readonly record struct OperatorFact(string? Schema, string Name, int Location);

/// <summary>A type that is named, in a cast or a column definition; each name once. Names of SQL's own syntax are in <c>pg_catalog</c>.</summary>
public readonly record struct TypeFact(string? Schema, string Name, int Location);

/// <summary>Code in a string: the body of DO, or of a function.</summary>
/// <param name="Language">As written, folded; null when the statement names none.</param>
/// <param name="Text">Of a function in C the library, or its name when it is a part of the server.</param>
/// <param name="Location">Of the word AS, or of the text where DO has no such word.</param>
public sealed record BodyFact(string? Language, string Text, int Location);

/// <summary>What a SET or RESET does.</summary>
public enum SettingAction
{
    /// <summary><c>SET name = value</c>.</summary>
    Set,

    /// <summary><c>SET name TO DEFAULT</c>.</summary>
    SetDefault,

    /// <summary><c>SET name FROM CURRENT</c>.</summary>
    SetFromCurrent,

    /// <summary><c>SET TRANSACTION</c> and <c>SET SESSION CHARACTERISTICS</c>: several at once, in a syntax of their own.</summary>
    SetTransaction,

    /// <summary><c>RESET name</c>.</summary>
    Reset,

    /// <summary><c>RESET ALL</c>.</summary>
    ResetAll,
}

/// <summary>A setting that is written, wherever in the statement (also in ALTER ROLE ... SET and CREATE FUNCTION ... SET).</summary>
/// <param name="Name">As written: names are compared without regard to case. Empty for RESET ALL. <c>TRANSACTION</c>, <c>TRANSACTION SNAPSHOT</c> or <c>SESSION CHARACTERISTICS</c> for <see cref="SettingAction.SetTransaction"/>.</param>
/// <param name="Values">The constants; null for one that is none.</param>
public sealed record SettingFact(SettingAction Action, string Name, ImmutableArray<string?> Values, bool IsLocal, int Location);

/// <summary>What is done to a relation.</summary>
public enum RelationAccess
{
    /// <summary>It is read, or named only.</summary>
    Read,

    /// <summary>Its rows are changed: INSERT, UPDATE, DELETE, MERGE, COPY FROM.</summary>
    Write,
}

/// <summary>A relation that is named. A reference to a common table expression looks the same.</summary>
public readonly record struct RelationFact(string? Schema, string Name, RelationAccess Access, int Location);

/// <summary>Where COPY reads from or writes to.</summary>
public enum CopyTarget
{
    /// <summary>The client: STDIN or STDOUT.</summary>
    Client,

    /// <summary>A file of the server.</summary>
    File,

    /// <summary>A program that the server starts.</summary>
    Program,
}

/// <summary>A COPY.</summary>
public readonly record struct CopyFact(bool IsFrom, CopyTarget Target);

/// <summary>A transaction command, such as <c>TRANS_STMT_BEGIN</c> (Postgres's name of its kind).</summary>
public readonly record struct TransactionFact(string Kind)
{
    /// <summary>PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED.</summary>
    public bool IsTwoPhase => Kind.EndsWith("PREPARED", StringComparison.Ordinal) || Kind == "TRANS_STMT_PREPARE";
}
