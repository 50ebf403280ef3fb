using System.Buffers;
using System.Collections.Concurrent;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Gateway.Audit;

/// <summary>
/// The audit: events are queued by whoever has them and written by a thread of its own, as JSON lines. Who queues never waits. Where the file cannot be written, or its reader is so slow that the queue is full,
/// new sessions are refused (unless the configuration says to drop) until it goes on by itself.
/// </summary>
public sealed class AuditLog : IAuditSink, IDisposable
{
    private const int MostEvents = 8_192;
    private const int MostStatementBytes = 32 << 20;
    private const int BatchBytes = 64 * 1024;

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly AuditOptions _options;
    private readonly PgQueryParser? _parser;
    private readonly TimeProvider _clock;
    private readonly BlockingCollection<Queued> _queue = new(new ConcurrentQueue<Queued>(), MostEvents);
    private readonly CancellationTokenSource _ending = new();
    private readonly Thread _thread;
    private AuditDescriptor? _descriptor;
    private volatile string? _failure = "the audit is not open yet";
    private volatile bool _full;
    private volatile bool _reopen;
    private long _statementBytes;
    private long _written;
    private long _lost;
    private long _lostSaid;

    private sealed record Queued(AuditEvent Event, DateTimeOffset Time);

    /// <param name="options">Where to, and what a failure means.</param>
    /// <param name="parser">Masks literals; null writes statements as length and hash only.</param>
    /// <param name="clock">The time of events.</param>
    public AuditLog(AuditOptions options, PgQueryParser? parser, TimeProvider clock)
    {
        (_options, _parser, _clock) = (options, parser, clock);
        _thread = new Thread(Run) { IsBackground = true, Name = "audit" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public bool Refuses => _options.RefuseOnFailure && (_failure is not null || _full);

    /// <inheritdoc/>
    public string? Failure => _failure is { } failure ? $"{Target} cannot be written: {failure}" : _full ? $"{Target} takes no more events: {MostEvents} wait" : null;

    /// <summary>Events written since the start.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Events lost since the start, because the queue was full.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    private string Target => _options.File ?? "standard output";

    /// <inheritdoc/>
    public void Write(in AuditEvent auditEvent)
    {
        // Statements count by their size as well, so that the queue is bounded in bytes.
        int size = auditEvent.Statement.Length;
        if (Interlocked.Add(ref _statementBytes, size) > MostStatementBytes || _ending.IsCancellationRequested || !_queue.TryAdd(new Queued(auditEvent, _clock.GetUtcNow())))
        {
            Interlocked.Add(ref _statementBytes, -size);
            Interlocked.Increment(ref _lost);
            _full = true;
        }
    }

    /// <summary>Opens the file anew before the next event: after logrotate moved it away.</summary>
    public void Reopen() => _reopen = true;

    /// <summary>Writes what is queued, for as long as two seconds, and ends.</summary>
    public void Dispose()
    {
        if (_ending.IsCancellationRequested)
        {
            return;
        }

        _ending.Cancel();
        bool ended = _thread.Join(Farewell);
        if (ended)
        {
            // Otherwise the thread still waits for its pipe and uses all of this.
            _descriptor?.Dispose();
            _queue.Dispose();
            _ending.Dispose();
        }
    }

    private void Run()
    {
        ArrayBufferWriter<byte> batch = new(BatchBytes);
        bool open = TryDo(OpenFile);
        while (true)
        {
            if (!open)
            {
                if (_ending.IsCancellationRequested)
                {
                    return;
                }

                _ending.Token.WaitHandle.WaitOne(Retry);
                open = TryDo(OpenFile);
                continue;
            }

            if (!TryTake(out Queued? first))
            {
                return;
            }

            int events = Fill(batch, first);
            if (!WriteOut(batch.WrittenSpan))
            {
                Interlocked.Add(ref _lost, events);
                return;
            }

            Interlocked.Add(ref _written, events);
            batch.ResetWrittenCount();
            _full &= _queue.Count > MostEvents / 2;
        }
    }

    /// <summary>Waits for an event; false once the end was asked for and nothing is queued.</summary>
    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Queued? queued)
    {
        try
        {
            return _queue.TryTake(out queued, Timeout.Infinite, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            return _queue.TryTake(out queued);
        }
    }

    private int Fill(ArrayBufferWriter<byte> batch, Queued first)
    {
        long lost = Interlocked.Read(ref _lost);
        if (lost > _lostSaid)
        {
            AuditLine.WriteLost(batch, lost - _lostSaid, _clock.GetUtcNow(), _options.Process);
            _lostSaid = lost;
        }

        int events = 0;
        for (Queued? queued = first; queued is not null; queued = batch.WrittenCount < BatchBytes && _queue.TryTake(out Queued? next) ? next : null)
        {
            // To lex costs half a millisecond for a long text. Who refuses statements faster than they can be lexed must not stop the audit: with a long queue they are given by their hash.
            AuditLine.Write(batch, queued.Event, queued.Time, _options.Process, _queue.Count > MostEvents / 2 ? null : _parser);
            Interlocked.Add(ref _statementBytes, -queued.Event.Statement.Length);
            events++;
        }

        return events;
    }

    /// <summary>Writes all of it, however long that takes; false when the end was asked for and it cannot be written.</summary>
    private bool WriteOut(ReadOnlySpan<byte> bytes)
    {
        bool reopen = _reopen;
        while (true)
        {
            try
            {
                if (_reopen || reopen)
                {
                    OpenFile();
                    reopen = false;
                }

                while (!bytes.IsEmpty)
                {
                    bytes = bytes[_descriptor!.Write(bytes)..];
                }

                _failure = null;
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _failure = e.Message;

                // The file may have been moved to where there is space, or its folder made again.
                reopen = true;
                if (_ending.Token.WaitHandle.WaitOne(Retry))
                {
                    return false;
                }
            }
        }
    }

    private void OpenFile()
    {
        _reopen = false;
        AuditDescriptor opened = AuditDescriptor.Open(_options.File);
        _descriptor?.Dispose();
        _descriptor = opened;
    }

    private bool TryDo(Action open)
    {
        try
        {
            open();
            _failure = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = e.Message;
            return false;
        }
    }
}
