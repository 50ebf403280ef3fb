using System.Globalization;
using System.Text;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.Corpus;

/// <summary>An empty database of the corpus's own, with one connection of a superuser.</summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    /// <summary>What stands for the database's own name in the statements that are loaded.</summary>
    public const string OwnName = "\"the database that this is loaded into\"";

    private static int _made;

    private readonly string _administrator;

    private ScratchDatabase(string administrator, NpgsqlConnection connection) => (_administrator, Connection) = (administrator, connection);

    public NpgsqlConnection Connection { get; }

    public string Name => Connection.Database;

    /// <summary>Makes one.</summary>
    /// <param name="administrator">The superuser's connection string.</param>
    public static async Task<ScratchDatabase> CreateAsync(string administrator, CancellationToken cancellation)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"corpus_{Environment.ProcessId}_{Interlocked.Increment(ref _made)}");
        await RunAsync(administrator, $"CREATE DATABASE {name} STRATEGY FILE_COPY", cancellation);
        NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(administrator) { Database = name, Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellation);
        return new ScratchDatabase(administrator, connection);
    }

    /// <summary>Runs one statement.</summary>
    public async Task RunAsync(string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, Connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Runs statements in order.</summary>
    /// <exception cref="ScriptRefusedException">The server refused one.</exception>
    public async Task LoadAsync(IEnumerable<string> statements, CancellationToken cancellation)
    {
        foreach (string statement in statements)
        {
            try
            {
                await RunAsync(statement.Replace(OwnName, Name, StringComparison.Ordinal), cancellation);
            }
            catch (PostgresException refusal)
            {
                throw new ScriptRefusedException(refusal, statement);
            }
        }
    }

    /// <summary>Makes roles, which belong to the whole server; those that are there stay as they are.</summary>
    public static async Task CreateRolesAsync(string administrator, IEnumerable<string> statements, CancellationToken cancellation)
    {
        foreach (string statement in statements)
        {
            try
            {
                await RunAsync(administrator, statement, cancellation);
            }
            catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.UniqueViolation)
            {
                // Another pair has made it, maybe at this moment.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        string name = Name;
        await Connection.DisposeAsync();
        await RunAsync(_administrator, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)", CancellationToken.None);
    }

    private static async Task RunAsync(string administrator, string sql, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = new(administrator);
        await connection.OpenAsync(cancellation);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}

/// <summary>A text as its statements, and those among them that make roles.</summary>
/// <param name="Statements">All others, in order.</param>
internal sealed record Script(IReadOnlyList<string> Roles, IReadOnlyList<string> Statements)
{
    /// <summary>Cuts a text by the parser.</summary>
    /// <exception cref="FormatException">It does not parse.</exception>
    public static Script Cut(StatementReader reader, string text)
    {
        ParseOutcome<SqlScript> outcome = SqlScript.Split(reader, text);
        if (!outcome.Succeeded)
        {
            throw new FormatException($"does not parse: {outcome.Error!.Message}");
        }

        ILookup<bool, string> byRole = outcome.Value!.Statements.Select(statement => statement.Text).ToLookup(MakesRole);
        return new Script([.. byRole[true]], [.. byRole[false]]);
    }

    private static bool MakesRole(string statement)
    {
        string[] words = statement.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 3 && words[0].Equals("CREATE", StringComparison.OrdinalIgnoreCase) && words[1].ToUpperInvariant() is "ROLE" or "USER" or "GROUP"
            && !words[2].StartsWith("MAPPING", StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>The server refused a statement of a script.</summary>
internal sealed class ScriptRefusedException(PostgresException refusal, string statement) : Exception(Text(refusal, statement), refusal)
{
    /// <summary>It cannot run in a transaction, or what it made cannot be used before the commit.</summary>
    public bool NeedsCommit { get; } = refusal.SqlState is PostgresErrorCodes.ActiveSqlTransaction or "55P04";

    private static string Text(PostgresException refusal, string statement)
    {
        StringBuilder first = new();
        foreach (char c in statement.Take(80))
        {
            first.Append(char.IsWhiteSpace(c) ? ' ' : c);
        }

        return $"{refusal.SqlState} {refusal.MessageText.ReplaceLineEndings(" ")} in \"{first}\"";
    }
}
