using System.Buffers;

namespace Lockplane.Gateway.Sessions;

/// <summary>What a client is told whose plan is still being made when <c>gate.plan_wait</c> is over: a command that makes it, as it can be typed into a shell.</summary>
internal static class PlanCommand
{
    private const int LongestStatement = 500;

    private const string Again = "The plan is being made: send the statement again for its hash";

    // A line break in a hint is shown as one, and a shell takes it inside of quotes; other control characters a terminal would not give back.
    private static readonly SearchValues<char> Unprintable = SearchValues.Create([.. Enumerable.Range(0, 32).Select(code => (char)code).Except(['\n']), (char)127]);

    public static string HintFor(DdlRequest request)
    {
        if (request.SearchPath is not null)
        {
            // The command line plans for schema public.
            return Again + ".";
        }

        string sql = request.Sql.Trim();
        return sql.Length > LongestStatement || sql.AsSpan().ContainsAny(Unprintable)
            ? $"{Again}, or make it with the statement in a file: lockplane plan --sql FILE"
            : $"{Again}, or make it by: printf %s '{sql.Replace("'", "'\\''", StringComparison.Ordinal)}' | lockplane plan --sql -";
    }
}
