using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Lockplane.Sql.PgQuery;

/// <summary>What is done with a text.</summary>
internal enum ParserTask
{
    /// <summary>Its statements are read.</summary>
    Parse,

    /// <summary>It is split into tokens.</summary>
    Scan,

    /// <summary>The PL/pgSQL in it is read.</summary>
    Plpgsql,
}

/// <summary>
/// The threads that parse: started when there is more work than threads, up to a limit. Each keeps one instance. Long texts wait for each other only, on a thread of their own, so that they do not keep the
/// short ones.
/// </summary>
internal sealed class ParserThreads(int limit, Func<PgQueryInstance> newInstance) : IDisposable
{
    /// <summary>What is longer goes to the thread of the long texts: up to here the worst text takes a few milliseconds.</summary>
    public const int ShortTextBytes = 32 << 10;

    private readonly Lane _short = new(limit, newInstance);
    private readonly Lane _long = new(1, newInstance);

    /// <summary>Does one thing with a text on one of the threads; the caller waits, unless it is on one of them already. A fresh instance is made for this text alone and thrown away.</summary>
    public unsafe ParseOutcome<T> Run<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader, bool fresh, ParserTask task = ParserTask.Parse)
    {
        fixed (byte* start = utf8)
        {
            Parse<T> parse = new(start, utf8.Length, reader, fresh, task);
            if (Seat.OfThread is { } seat && seat.Serves(newInstance))
            {
                parse.Do(seat);
            }
            else
            {
                LaneOf(utf8.Length).Add(parse);
                parse.Wait();
            }

            return parse.Outcome();
        }
    }

    /// <summary>Does work on one of the threads soon, in the order in which it came; what it parses is parsed there. What it throws ends the process. After <see cref="Dispose"/> nothing is done.</summary>
    public void Post(int textBytes, Action work)
    {
        try
        {
            LaneOf(textBytes).Add(new Posted(work));
        }
        catch (ObjectDisposedException)
        {
            // The process ends; nobody waits for the answer.
        }
    }

    public void Dispose()
    {
        _short.Dispose();
        _long.Dispose();
    }

    private Lane LaneOf(int textBytes) => textBytes > ShortTextBytes ? _long : _short;

    /// <summary>A queue and its threads.</summary>
    private sealed class Lane(int limit, Func<PgQueryInstance> newInstance) : IDisposable
    {
        private const int StackBytes = 16 << 20;

        private readonly BlockingCollection<Work> _queue = [];
        private readonly List<Thread> _threads = [];
        private readonly Lock _gate = new();
        private int _idle;
        private bool _disposed;

        public void Add(Work work)
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _queue.Add(work);
                if (Volatile.Read(ref _idle) < _queue.Count && _threads.Count < limit)
                {
                    Thread thread = new(Serve, StackBytes) { IsBackground = true, Name = "pgquery" };
                    _threads.Add(thread);
                    thread.Start();
                }
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    return;
                }

                _disposed = true;
                _queue.CompleteAdding();
            }

            foreach (Thread thread in _threads)
            {
                thread.Join();
            }

            _queue.Dispose();
        }

        private void Serve()
        {
            using Seat seat = new(newInstance);
            Interlocked.Increment(ref _idle);
            foreach (Work work in _queue.GetConsumingEnumerable())
            {
                Interlocked.Decrement(ref _idle);
                work.Do(seat);
                Interlocked.Increment(ref _idle);
            }
        }
    }

    /// <summary>What a thread has to parse with.</summary>
    private sealed class Seat : IDisposable
    {
        [ThreadStatic]
        private static Seat? ofThread;

        private readonly Func<PgQueryInstance> _newInstance;
        private PgQueryInstance? _kept;

        public Seat(Func<PgQueryInstance> newInstance)
        {
            _newInstance = newInstance;
            ofThread = this;
        }

        public static Seat? OfThread => ofThread;

        public bool Serves(Func<PgQueryInstance> newInstance) => ReferenceEquals(newInstance, _newInstance);

        /// <summary>The thread's instance, or one for this text alone.</summary>
        public PgQueryInstance Take(bool fresh) => fresh ? _newInstance() : _kept ??= _newInstance();

        public void GiveBack(PgQueryInstance used)
        {
            if (used.Reusable)
            {
                return;
            }

            if (ReferenceEquals(used, _kept))
            {
                _kept = null;
            }

            used.Dispose();
        }

        public void Dispose()
        {
            _kept?.Dispose();
            _kept = null;
        }
    }

    private abstract class Work
    {
        public abstract void Do(Seat seat);
    }

    private sealed class Posted(Action work) : Work
    {
        public override void Do(Seat seat) => work();
    }

    /// <summary>The text stays pinned by the waiting caller, so that it is copied once only: into WebAssembly's memory.</summary>
    private sealed unsafe class Parse<T>(byte* start, int length, TreeReader<T> reader, bool fresh, ParserTask task) : Work
    {
        private readonly object _gate = new();
        private ParseOutcome<T> _outcome;
        private ExceptionDispatchInfo? _failure;
        private bool _done;

        public override void Do(Seat seat)
        {
            PgQueryInstance? instance = null;
            try
            {
                instance = seat.Take(fresh);
                ReadOnlySpan<byte> text = new(start, length);
                _outcome = task switch
                {
                    ParserTask.Scan => instance.Scan(text, reader),
                    ParserTask.Plpgsql => instance.ParsePlpgsql(text, reader),
                    _ => instance.Parse(text, reader),
                };
                if (fresh)
                {
                    instance.Retire();
                }

                seat.GiveBack(instance);
            }
            catch (Exception e)
            {
                // The caller's reader or the loading of the module failed: the caller is told, the thread goes on.
                _failure = ExceptionDispatchInfo.Capture(e);
                instance?.Retire();
                if (instance is not null)
                {
                    seat.GiveBack(instance);
                }
            }
            finally
            {
                lock (_gate)
                {
                    _done = true;
                    Monitor.Pulse(_gate);
                }
            }
        }

        public void Wait()
        {
            lock (_gate)
            {
                while (!_done)
                {
                    Monitor.Wait(_gate);
                }
            }
        }

        public ParseOutcome<T> Outcome()
        {
            _failure?.Throw();
            return _outcome;
        }
    }
}
