namespace Lockplane.Sql.PgQuery;

/// <summary>Why a text has no syntax tree.</summary>
/// <param name="SqlState">42601 when Postgres's grammar refuses it; 54000 too long or too much memory; 54001 too deep; 08P01 a NUL; 22021 not UTF-8.</param>
/// <param name="Message">Postgres's own message for 42601, otherwise in Postgres's words.</param>
/// <param name="Position">1-based, in characters, as in an ErrorResponse; 0 when unknown.</param>
public sealed record SqlSyntaxError(string SqlState, string Message, int Position)
{
    /// <summary>Whether the text itself is at fault: false where time, memory or stack did not suffice, which it may the next time.</summary>
    public bool IsLasting => SqlState is not ("54000" or "54001" or "57014");
}
