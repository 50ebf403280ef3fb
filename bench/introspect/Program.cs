using System.Globalization;
using System.Runtime.InteropServices;
using Lockplane.Bench.Introspect;
using Lockplane.Corpus.Servers;
using Lockplane.Dev;
using Lockplane.Sql.Errors;
using Npgsql;

Options options;
try
{
    options = Options.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"introspect: {e.Message}\n{Options.Usage}");
    return 64;
}

using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
TestDirectory.RemoveLeftovers();
string folder = TestDirectory.Create();
try
{
    // The oldest major, which Debian's pg_dump can read.
    await using EmbeddedPostgres server = await EmbeddedPostgres.StartAsync(
        new EmbeddedPostgresOptions(PostgresBinaries.Find(15), folder, FreePort.Find(), "superuser of the benchmark", Durable: false, ["autovacuum=off", "max_locks_per_transaction=1024", "max_wal_size=4GB"]),
        _ => { }, stop.Token);
    await using (NpgsqlConnection administrator = new(server.AdminConnectionString() + ";Pooling=false"))
    {
        await administrator.OpenAsync(stop.Token);
        await using NpgsqlCommand role = new($"CREATE ROLE {CatalogScript.Reader}", administrator);
        await role.ExecuteNonQueryAsync(stop.Token);
    }

    Console.WriteLine($"Postgres {server.Binaries.Version}, .NET {Environment.Version}, {Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} at the start, {options.Rounds} rounds\n");
    switch (options.What)
    {
        case Measured.Planning:
            await PlanningMeasurement.RunAsync(server, options, stop.Token);
            return 0;
        case Measured.Validation:
            await ValidationMeasurement.RunAsync(server, options, stop.Token);
            return 0;
    }

    Console.WriteLine("| tables | statistics | `pg_dump -s` | `lockplane inspect` | ratio, median and range | of it reading, warm | hashing, warm | memory of pg_dump | of lockplane |");
    Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
    foreach (int tables in options.Sizes)
    {
        Measurement measurement = new(server, string.Create(CultureInfo.InvariantCulture, $"bench_{tables}"), tables, options.Rounds);
        await measurement.FillAsync(stop.Token);
        Print(await measurement.MeasureAsync("none yet", stop.Token));
        await measurement.AnalyzeAsync(stop.Token);
        Print(await measurement.MeasureAsync("analyzed", stop.Token));
    }

    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("introspect: interrupted; what was started is stopped.");
    return 130;
}
catch (Exception e) when (e is LockplaneException or InvalidOperationException or System.ComponentModel.Win32Exception)
{
    Console.Error.WriteLine($"introspect: {e.Message}");
    return 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

void Print(Figures row) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"| {row.Tables:N0} | {row.Statistics} | {row.DumpMs:N0} ms | {row.InspectMs:N0} ms | {row.Ratios} | {row.Read:N0} ms | {row.Hash:N0} ms | {row.DumpKb / 1024:N0} MB | {row.InspectKb / 1024:N0} MB |"));

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
