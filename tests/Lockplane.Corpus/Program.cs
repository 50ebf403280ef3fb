using System.Runtime.InteropServices;
using Lockplane.Corpus;
using Lockplane.Corpus.Servers;
using Lockplane.Dev;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;
using Npgsql;

const int AtATime = 2;

CorpusOptions options;
IReadOnlyList<Waiver> waivers;
try
{
    options = CorpusOptions.Parse(args);
    string list = Path.Combine(Checkout.Find()!, "tests", Waiver.File);
    waivers = File.Exists(list) ? Waiver.Parse(await File.ReadAllLinesAsync(list)) : [];
}
catch (FormatException e)
{
    Console.Error.WriteLine($"corpus: {e.Message}\n{CorpusOptions.Usage}");
    return 64;
}

using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
string? folder = null;
try
{
    IReadOnlyList<Pair> pairs = Pair.Find(options.Folder);
    if (pairs.Count == 0)
    {
        throw new FormatException($"No folder in {options.Folder} has from.sql and to.sql.");
    }

    TestDirectory.RemoveLeftovers();
    folder = TestDirectory.Create();
    await using EmbeddedPostgres server = await EmbeddedPostgres.StartAsync(
        new EmbeddedPostgresOptions(PostgresBinaries.Find(options.Major), folder, FreePort.Find(), "superuser of the corpus", Durable: false, ["max_locks_per_transaction=256"]),
        _ => { }, stop.Token);
    using PgQueryParser parser = new(new PgQueryOptions { CacheFolder = Path.Combine(AppContext.BaseDirectory, "pgquery") });
    await using IPairJudge judge = options.Mode == CorpusMode.Plan
        ? new PlanJudge(server.AdminConnectionString(), options.Major, parser, await PgDump.FindAsync(server.AdminConnectionString(), options.Major, stop.Token))
        : new RoundTrip(server.AdminConnectionString(), options.Major, new StatementReader(parser));
    CorpusVerdict verdict = await CorpusRun.RunAsync(pairs, judge, options.Major, waivers, AtATime, stop.Token);
    if (options.Json)
    {
        using Stream output = Console.OpenStandardOutput();
        output.Write([.. verdict.ToJson(), (byte)'\n']);
    }
    else
    {
        Console.Out.Write(string.Concat(verdict.Lines().Select(line => line + "\n")));
    }

    return verdict.Unexplained == 0 ? 0 : 2;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("corpus: interrupted; what was started is stopped.");
    return 130;
}
catch (Exception e) when (e is FormatException or LockplaneException or NpgsqlException)
{
    Console.Error.WriteLine($"corpus: {e.Message}");
    return 1;
}
finally
{
    if (folder is not null)
    {
        Directory.Delete(folder, recursive: true);
    }
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
