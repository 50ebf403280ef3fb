using System.Collections.Concurrent;

namespace Lockplane.Gateway.Statements;

/// <summary>The threads that judge texts which were not judged before: few, so that a burst of them waits here, and not everything else that the process has to do.</summary>
/// <remarks>What waits is bounded by the sessions: each has at most one text here, and its bytes count as gathered.</remarks>
internal sealed class JudgeThreads : IDisposable
{
    // As the parser: more threads than it has would wait for it.
    private static readonly int Most = Math.Clamp(Environment.ProcessorCount, 1, 8);

    private readonly BlockingCollection<Action> _queue = [];
    private readonly List<Thread> _threads = [];
    private readonly Lock _gate = new();
    private bool _disposed;

    /// <summary>Does work soon, in the order in which it came. What it throws ends the process, so it catches. From any thread.</summary>
    public void Add(Action work)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _queue.Add(work);
            if (_threads.Count < Most)
            {
                Thread thread = new(Serve) { IsBackground = true, Name = $"judge {_threads.Count}" };
                _threads.Add(thread);
                thread.Start();
            }
        }
    }

    /// <summary>Ends the threads once what is queued is done.</summary>
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
        foreach (Action work in _queue.GetConsumingEnumerable())
        {
            work();
        }
    }
}
