using System.Collections.Concurrent;
using Lockplane.Control.Introspection;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Statements;
using Npgsql;

namespace Lockplane.Corpus;

/// <summary>Judges each side by itself: what is printed of it builds the same catalog, nothing in it is unmodelled, and its manifest read back is the same bytes.</summary>
/// <remarks>
/// Everything runs in transactions that are rolled back: making a database takes longer than all the rest. A script that needs to commit gets databases of its own.
/// </remarks>
internal sealed class RoundTrip(string administrator, int major, StatementReader reader) : IPairJudge
{
    // What is rolled back stays in the catalog's files until a vacuum, and is read each time.
    private const int UsesOfDatabase = 60;

    private readonly ConcurrentBag<(ScratchDatabase Database, int Uses)> _idle = [];

    // Pairs share many of their sides.
    private readonly ConcurrentDictionary<(string Setup, string Script), Lazy<Task<(IReadOnlyList<string> Failures, string? Refusal)>>> _sides = new();

    public string Mode => CorpusMode.RoundTrip;

    public async Task<Findings> JudgeAsync(Pair pair, CancellationToken cancellation)
    {
        await ScratchDatabase.CreateRolesAsync(administrator, pair.Meta.Roles.Select(role => "CREATE ROLE " + role), cancellation);
        List<string> failures = [];
        List<string> notLoaded = [];
        foreach ((string file, string script) in pair.Sides)
        {
            (IReadOnlyList<string> found, string? refusal) = await _sides.GetOrAdd((pair.Setup, script), _ => new(() => JudgeAsync(pair.Setup, script, cancellation))).Value;
            Findings findings = refusal is null ? new([.. found.Select(failure => $"{file}: {failure}")], []) : Findings.Refused(pair, file, major, refusal);
            failures.AddRange(findings.Failures);
            notLoaded.AddRange(findings.NotLoaded);
        }

        return new Findings(failures, notLoaded);
    }

    public async ValueTask DisposeAsync()
    {
        while (_idle.TryTake(out (ScratchDatabase Database, int Uses) idle))
        {
            await idle.Database.DisposeAsync();
        }
    }

    private async Task<(IReadOnlyList<string> Failures, string? Refusal)> JudgeAsync(string setup, string text, CancellationToken cancellation)
    {
        try
        {
            Script first = Script.Cut(reader, setup);
            Script then = Script.Cut(reader, text);
            await ScratchDatabase.CreateRolesAsync(administrator, [.. first.Roles, .. then.Roles], cancellation);
            IReadOnlyList<string> statements = [.. first.Statements, .. then.Statements];
            try
            {
                return (await JudgeAsync(catalog => ReadRolledBackAsync(catalog ?? statements, cancellation)), null);
            }
            catch (ScriptRefusedException refused) when (refused.NeedsCommit)
            {
                return (await JudgeAsync(catalog => ReadCommittedAsync(catalog ?? statements, cancellation)), null);
            }
        }
        catch (Exception refused) when (refused is ScriptRefusedException or FormatException)
        {
            return ([], refused.Message);
        }
    }

    // read loads statements into an empty database and reads it; null stands for the side's own.
    private async Task<IReadOnlyList<string>> JudgeAsync(Func<IReadOnlyList<string>?, Task<Catalog>> read)
    {
        Catalog catalog;
        try
        {
            catalog = await read(null);
        }
        catch (Exception error) when (error is LockplaneException or PostgresException or ArgumentException or NotSupportedException)
        {
            return [$"cannot be read: {error.Message.ReplaceLineEndings(" ")}"];
        }

        List<string> failures = [.. Named("not modelled", catalog.Unmodelled), .. Named("not readable", catalog.Unreadable), .. JudgeManifest(catalog)];
        try
        {
            string print = CatalogPrinter.Print(catalog);

            // As a schema file is loaded: a body may name what is not there, or not yet; psql's variable is the database's name.
            Catalog rebuilt = await read(["SET check_function_bodies = off", .. Script.Cut(reader, print.Replace(":\"DBNAME\"", ScratchDatabase.OwnName, StringComparison.Ordinal)).Statements]);
            failures.AddRange(JudgeRebuilt(catalog, rebuilt, print));
        }
        catch (ScriptRefusedException refused) when (!refused.NeedsCommit)
        {
            failures.Add($"the print does not load: {refused.Message}");
        }
        catch (Exception error) when (error is LockplaneException or FormatException or ArgumentException or NotSupportedException)
        {
            failures.Add($"cannot be printed: {error.Message.ReplaceLineEndings(" ")}");
        }

        return failures;
    }

    private static IEnumerable<string> JudgeManifest(Catalog catalog)
    {
        byte[] json = Manifest.Write(catalog);
        Catalog again;
        try
        {
            again = Manifest.Read(json);
        }
        catch (FormatException error)
        {
            return [$"the manifest cannot be read: {error.Message}"];
        }

        return Manifest.Write(again).AsSpan().SequenceEqual(json) && ManifestHash.Of(again) == ManifestHash.Of(catalog) ? [] : ["the manifest read back is another"];
    }

    private static IEnumerable<string> JudgeRebuilt(Catalog catalog, Catalog rebuilt, string print)
    {
        if (ManifestHash.Of(catalog) != ManifestHash.Of(rebuilt))
        {
            return Named("the print builds another catalog", CatalogComparison.Of(catalog, rebuilt).Lines());
        }

        return CatalogPrinter.Print(rebuilt) == print ? [] : ["the same catalog is printed in two ways"];
    }

    /// <summary>One failure that names the first of the items; none without items.</summary>
    internal static IEnumerable<string> Named<T>(string what, IEnumerable<T> items)
    {
        string[] names = [.. items.Select(item => item!.ToString()!.ReplaceLineEndings(" "))];
        return names.Length == 0 ? [] : [$"{what}: {string.Join(", ", names.Take(3))}{(names.Length > 3 ? $" and {names.Length - 3} more" : "")}"];
    }

    private static readonly string[] Forgetting =
        ["RESET SESSION AUTHORIZATION", "RESET ALL", "CLOSE ALL", "UNLISTEN *", "SELECT pg_advisory_unlock_all()", "DISCARD TEMP", "DISCARD SEQUENCES"];

    private async Task<Catalog> ReadRolledBackAsync(IReadOnlyList<string> statements, CancellationToken cancellation)
    {
        (ScratchDatabase database, int uses) = _idle.TryTake(out (ScratchDatabase, int) idle) ? idle : (await ScratchDatabase.CreateAsync(administrator, cancellation), 0);
        try
        {
            NpgsqlTransaction transaction = await database.Connection.BeginTransactionAsync(cancellation);
            await using (transaction)
            {
                await database.LoadAsync(statements, cancellation);
                return await CatalogReader.ReadAsync(database.Connection, transaction, Scope.All, cancellation);
            }
        }
        finally
        {
            if (uses + 1 < UsesOfDatabase && database.Connection.State == System.Data.ConnectionState.Open)
            {
                // DISCARD ALL, but for the prepared statement of the reading.
                foreach (string sql in Forgetting)
                {
                    await database.RunAsync(sql, CancellationToken.None);
                }

                _idle.Add((database, uses + 1));
            }
            else
            {
                await database.DisposeAsync();
            }
        }
    }

    private async Task<Catalog> ReadCommittedAsync(IReadOnlyList<string> statements, CancellationToken cancellation)
    {
        await using ScratchDatabase database = await ScratchDatabase.CreateAsync(administrator, cancellation);
        await database.LoadAsync(statements, cancellation);
        return await CatalogReader.ReadAsync(database.Connection, null, Scope.All, cancellation);
    }
}
