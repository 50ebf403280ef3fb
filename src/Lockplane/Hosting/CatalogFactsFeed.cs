using System.Collections.Concurrent;
using Lockplane.Control;
using Lockplane.Control.Introspection;
using Lockplane.Gateway;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Hosting;

/// <summary>Keeps the gateway's facts of the databases' functions: read at the start, after each apply of this process, and at an interval for what others change.</summary>
/// <remarks>
/// A reading that fails leaves the last facts in force for <see cref="Validity"/>: a server that restarts or a login that is refused for a moment must not refuse what passed before, and a function that changed within it
/// is no worse off than between two readings. After that nothing is known, and the gateway lets only pg_catalog's functions pass.
/// </remarks>
internal sealed partial class CatalogFactsFeed : ICatalogFacts, IAsyncDisposable
{
    /// <summary>How often the catalogs are read.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(60);

    /// <summary>How long facts count that cannot be read again.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(5);

    /// <summary>How long the start, and the end of an apply, wait for a reading. It goes on behind them.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(35);

    private readonly ConcurrentDictionary<string, DatabaseFacts> _facts = new(StringComparer.Ordinal);
    private readonly List<Source> _sources = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly TimeProvider _clock;
    private readonly ILogger<CatalogFactsFeed> _log;
    private readonly TimeSpan _interval;
    private Task _reading = Task.CompletedTask;

    /// <param name="controlPlanes">By the name of their database on the server.</param>
    /// <param name="interval">Between two readings.</param>
    /// <param name="clock">Tells how old facts are, and when to read.</param>
    /// <param name="log">Told when functions cannot be read, and when they can again.</param>
    public CatalogFactsFeed(IReadOnlyDictionary<string, ControlPlane> controlPlanes, TimeSpan interval, TimeProvider clock, ILogger<CatalogFactsFeed> log)
    {
        (_clock, _log, _interval) = (clock, log, interval);
        foreach ((string database, ControlPlane controlPlane) in controlPlanes)
        {
            Source source = new(database, controlPlane, Of(database), clock.GetTimestamp());
            _sources.Add(source);
            controlPlane.AfterApply = () => WaitAsync(ReadAsync(source), CancellationToken.None);
        }
    }

    /// <summary>What is wrong with the facts of each database: nothing for most.</summary>
    public IReadOnlyDictionary<string, string> Faults => _sources.Where(source => source.Fault is not null).ToDictionary(source => source.Database, source => source.Fault!, StringComparer.Ordinal);

    /// <inheritdoc/>
    public DatabaseFacts Of(string database) => _facts.GetOrAdd(database, static _ => new DatabaseFacts());

    /// <summary>Reads for the first time, and goes on reading until it is disposed. What cannot be read, or not within <see cref="LongestWait"/>, does not hinder the start.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Task first = Task.WhenAll(_sources.Select(ReadAsync));
        _reading = Task.WhenAll(first, Task.Run(ReadOnAsync, CancellationToken.None));
        await WaitAsync(first, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _sources.ForEach(static source => source.ControlPlane.AfterApply = null);
        await _ended.CancelAsync();
        await _reading;
        foreach (Source source in _sources)
        {
            source.Turn.Dispose();
        }

        _ended.Dispose();
    }

    private static async Task WaitAsync(Task reading, CancellationToken cancellation)
    {
        try
        {
            await reading.WaitAsync(LongestWait, cancellation);
        }
        catch (TimeoutException)
        {
            // By what is known until it is read.
        }
    }

    private async Task ReadOnAsync()
    {
        using PeriodicTimer timer = new(_interval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await Task.WhenAll(_sources.Select(ReadAsync));
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // Asked to end.
        }
    }

    private async Task ReadAsync(Source source)
    {
        try
        {
            // What an apply asks for may come when all is over: the token is gone then.
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
            patience.CancelAfter(Patience);

            // One after the other: the older of two readings must not be the one that stays.
            await source.Turn.WaitAsync(patience.Token);
            try
            {
                Take(source, await source.ControlPlane.ReadFunctionsAsync(patience.Token));
            }
            finally
            {
                source.Turn.Release();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException && _ended.IsCancellationRequested)
        {
            // Asked to end, or ended.
        }
#pragma warning disable CA1031 // Whatever goes wrong, sessions go on by what is known, and the next reading may succeed.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(source, e is LockplaneException or NpgsqlException ? e.Message : e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.GetType().Name);
        }
    }

    private void Take(Source source, FunctionCatalog catalog)
    {
        source.ReadAt = _clock.GetTimestamp();
        if (source.Fault is not null)
        {
            source.Fault = null;
            LogReadAgain(source.Database);
        }

        if (source.Hash != catalog.Hash || source.Facts.Current is null)
        {
            source.Hash = catalog.Hash;
            source.Facts.Current = CatalogFactsMapping.Map(catalog);
        }
    }

    private void Fail(Source source, string reason)
    {
        if (source.Fault != reason)
        {
            source.Fault = reason;
            LogFailure(source.Database, reason);
        }

        if (source.Facts.Current is not null && _clock.GetElapsedTime(source.ReadAt) > Validity)
        {
            source.Facts.Current = null;
            LogForgotten(source.Database, Validity.TotalMinutes);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The functions of database {Database} cannot be read: {Reason}")]
    private partial void LogFailure(string database, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The functions of database {Database} are read again")]
    private partial void LogReadAgain(string database);

    [LoggerMessage(Level = LogLevel.Error, Message = "The functions of database {Database} could not be read for {Minutes} minutes: only functions of pg_catalog pass until they are")]
    private partial void LogForgotten(string database, double minutes);

    private sealed class Source(string database, ControlPlane controlPlane, DatabaseFacts facts, long readAt)
    {
        public string Database { get; } = database;

        public ControlPlane ControlPlane { get; } = controlPlane;

        public DatabaseFacts Facts { get; } = facts;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public long ReadAt { get; set; } = readAt;

        public string? Hash { get; set; }

        public string? Fault { get; set; }
    }
}
