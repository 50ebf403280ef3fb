namespace Lockplane.Gateway.Loops;

/// <summary>The loops of one gateway.</summary>
internal sealed class EventLoops : IDisposable
{
    private readonly EventLoop[] _loops;

    /// <param name="failed">Told, on a loop's thread, of what an owner threw; must not throw itself.</param>
    public EventLoops(LoopOptions options, Action<Exception> failed)
    {
        Descriptors = Descriptors.Raise();
        _loops = [.. Enumerable.Range(0, options.Count).Select(i => new EventLoop($"loop {i}", options, failed))];
        foreach (EventLoop loop in _loops)
        {
            loop.Start();
        }
    }

    /// <summary>All loops.</summary>
    public IReadOnlyList<EventLoop> All => _loops;

    /// <summary>How many descriptors the process may have.</summary>
    public Descriptors Descriptors { get; }

    /// <summary>The connections of all loops. From any thread.</summary>
    public int Connections
    {
        get
        {
            int sum = 0;
            foreach (EventLoop loop in _loops)
            {
                sum += loop.Connections;
            }

            return sum;
        }
    }

    /// <summary>How many more connections can be made before descriptors run out. From any thread.</summary>
    public long AvailableDescriptors => Descriptors.Limit - Descriptors.Reserved - Connections;

    /// <summary>The loop with the fewest connections. From any thread.</summary>
    public EventLoop Least()
    {
        EventLoop least = _loops[0];
        foreach (EventLoop loop in _loops)
        {
            if (loop.Connections < least.Connections)
            {
                least = loop;
            }
        }

        return least;
    }

    /// <summary>Ends the loops and closes what they have.</summary>
    public void Dispose()
    {
        foreach (EventLoop loop in _loops)
        {
            loop.Dispose();
        }
    }
}
