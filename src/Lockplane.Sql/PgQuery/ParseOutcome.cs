using System.Diagnostics.CodeAnalysis;

namespace Lockplane.Sql.PgQuery;

/// <summary>What a reader made of a tree, or why there is no tree.</summary>
public readonly record struct ParseOutcome<T>(T? Value, SqlSyntaxError? Error)
{
    /// <summary>True when there is a tree, and so a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Error is null;
}
