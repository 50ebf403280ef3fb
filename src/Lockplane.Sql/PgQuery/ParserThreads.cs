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

/// <summary>The threads that parse: started when there is more work than threads, up to a limit. Each keeps one instance.</summary>
internal sealed class ParserThreads(int limit, Func<PgQueryInstance> newInstance) : IDisposable
{
    private const int StackBytes = 16 << 20;

    private readonly BlockingCollection<Work> _queue = [];
    private readonly List<Thread> _threads = [];
    private readonly Lock _gate = new();
    private int _idle;
    private bool _disposed;

    /// <summary>Does one thing with a text on one of the threads; the caller waits. A fresh instance is made for this text alone and thrown away.</summary>
    public unsafe ParseOutcome<T> Run<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader, bool fresh, ParserTask task = ParserTask.Parse)
    {
        fixed (byte* start = utf8)
        {
            Work<T> work = new(start, utf8.Length, reader, fresh, task);
            StartThreadIfNeeded();
            _queue.Add(work);
            return work.Wait();
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
        }

        _queue.CompleteAdding();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _queue.Dispose();
    }

    private void StartThreadIfNeeded()
    {
        if (Volatile.Read(ref _idle) > _queue.Count || _threads.Count >= limit)
        {
            return;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_threads.Count >= limit)
            {
                return;
            }

            Thread thread = new(Serve, StackBytes) { IsBackground = true, Name = "pgquery" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    private void Serve()
    {
        PgQueryInstance? kept = null;
        Interlocked.Increment(ref _idle);
        foreach (Work work in _queue.GetConsumingEnumerable())
        {
            Interlocked.Decrement(ref _idle);
            work.Do(ref kept, newInstance);
            Interlocked.Increment(ref _idle);
        }

        kept?.Dispose();
    }

    private abstract class Work
    {
        private readonly object _gate = new();
        private bool _done;
        private ExceptionDispatchInfo? _failure;

        public void Do(ref PgQueryInstance? kept, Func<PgQueryInstance> newInstance)
        {
            try
            {
                Do(ref kept, newInstance, out PgQueryInstance? used);
                if (used.Reusable)
                {
                    return;
                }

                if (ReferenceEquals(used, kept))
                {
                    kept = null;
                }

                used.Dispose();
            }
            catch (Exception e)
            {
                // The caller's reader or the loading of the module failed: the caller is told, the thread goes on.
                _failure = ExceptionDispatchInfo.Capture(e);
                kept?.Dispose();
                kept = null;
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

        protected abstract void Do(ref PgQueryInstance? kept, Func<PgQueryInstance> newInstance, out PgQueryInstance used);

        protected void WaitUntilDone()
        {
            lock (_gate)
            {
                while (!_done)
                {
                    Monitor.Wait(_gate);
                }
            }

            _failure?.Throw();
        }
    }

    /// <summary>The text stays pinned by the waiting caller, so that it is copied once only: into WebAssembly's memory.</summary>
    private sealed unsafe class Work<T>(byte* start, int length, TreeReader<T> reader, bool fresh, ParserTask task) : Work
    {
        private ParseOutcome<T> _outcome;

        public ParseOutcome<T> Wait()
        {
            WaitUntilDone();
            return _outcome;
        }

        protected override void Do(ref PgQueryInstance? kept, Func<PgQueryInstance> newInstance, out PgQueryInstance used)
        {
            used = fresh ? newInstance() : kept ??= newInstance();
            ReadOnlySpan<byte> text = new(start, length);
            _outcome = task switch
            {
                ParserTask.Scan => used.Scan(text, reader),
                ParserTask.Plpgsql => used.ParsePlpgsql(text, reader),
                _ => used.Parse(text, reader),
            };
            if (fresh)
            {
                used.Retire();
            }
        }
    }
}
