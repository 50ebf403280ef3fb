using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Lockplane.Sql.PgQuery;

/// <summary>The threads that parse: started when there is more work than threads, up to a limit. Each keeps one instance.</summary>
internal sealed class ParserThreads(int limit, Func<PgQueryInstance> newInstance) : IDisposable
{
    private const int StackBytes = 16 << 20;

    private readonly BlockingCollection<Work> queue = [];
    private readonly List<Thread> threads = [];
    private readonly Lock gate = new();
    private int idle;
    private bool disposed;

    /// <summary>Parses on one of the threads; the caller waits. A fresh instance is made for this text alone and thrown away.</summary>
    public unsafe ParseOutcome<T> Run<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader, bool fresh)
    {
        fixed (byte* start = utf8)
        {
            var work = new Work<T>(start, utf8.Length, reader, fresh);
            StartThreadIfNeeded();
            queue.Add(work);
            return work.Wait();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
                return;
            disposed = true;
        }
        queue.CompleteAdding();
        foreach (var thread in threads)
            thread.Join();
        queue.Dispose();
    }

    private void StartThreadIfNeeded()
    {
        if (Volatile.Read(ref idle) > queue.Count || threads.Count >= limit)
            return;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (threads.Count >= limit)
                return;
            var thread = new Thread(Serve, StackBytes) { IsBackground = true, Name = "pgquery" };
            threads.Add(thread);
            thread.Start();
        }
    }

    private void Serve()
    {
        PgQueryInstance? kept = null;
        Interlocked.Increment(ref idle);
        foreach (var work in queue.GetConsumingEnumerable())
        {
            Interlocked.Decrement(ref idle);
            work.Do(ref kept, newInstance);
            Interlocked.Increment(ref idle);
        }
        kept?.Dispose();
    }

    private abstract class Work
    {
        private readonly object gate = new();
        private bool done;
        private ExceptionDispatchInfo? failure;

        public void Do(ref PgQueryInstance? kept, Func<PgQueryInstance> newInstance)
        {
            try
            {
                Do(ref kept, newInstance, out var used);
                if (used.Reusable)
                    return;
                if (ReferenceEquals(used, kept))
                    kept = null;
                used.Dispose();
            }
            catch (Exception e)
            {
                // The caller's reader or the loading of the module failed: the caller is told, the thread goes on.
                failure = ExceptionDispatchInfo.Capture(e);
                kept?.Dispose();
                kept = null;
            }
            finally
            {
                lock (gate)
                {
                    done = true;
                    Monitor.Pulse(gate);
                }
            }
        }

        protected abstract void Do(ref PgQueryInstance? kept, Func<PgQueryInstance> newInstance, out PgQueryInstance used);

        protected void WaitUntilDone()
        {
            lock (gate)
            {
                while (!done)
                    Monitor.Wait(gate);
            }
            failure?.Throw();
        }
    }

    /// <summary>The text stays pinned by the waiting caller, so that it is copied once only: into WebAssembly's memory.</summary>
    private sealed unsafe class Work<T>(byte* start, int length, TreeReader<T> reader, bool fresh) : Work
    {
        private ParseOutcome<T> outcome;

        public ParseOutcome<T> Wait()
        {
            WaitUntilDone();
            return outcome;
        }

        protected override void Do(ref PgQueryInstance? kept, Func<PgQueryInstance> newInstance, out PgQueryInstance used)
        {
            used = fresh ? newInstance() : kept ??= newInstance();
            outcome = used.Parse(new ReadOnlySpan<byte>(start, length), reader);
            if (fresh)
                used.Retire();
        }
    }
}
