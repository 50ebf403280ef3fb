using System.Net;

namespace Lockplane.Gateway.Sessions;

/// <summary>Connections that have not logged in. From any thread.</summary>
/// <remarks>
/// When there are too many, the one that has been at it longest makes room: of the newcomer's own address first. An honest login takes
/// milliseconds, so who is silent goes, and nobody is kept out.
/// </remarks>
internal sealed class StartingConnections(int most = StartingConnections.Most, int mostPerAddress = StartingConnections.MostPerAddress)
{
    /// <summary>In all.</summary>
    public const int Most = 4_096;

    /// <summary>From one address.</summary>
    public const int MostPerAddress = 2_048;

    private readonly Lock _gate = new();
    private readonly LinkedList<Session> _all = new();
    private readonly Dictionary<IPAddress, LinkedList<Session>> _byAddress = new();
    private readonly Dictionary<Session, Place> _nodes = new();

    private sealed record Place(IPAddress Address, LinkedListNode<Session> All, LinkedListNode<Session> OfAddress);

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _nodes.Count;
            }
        }
    }

    /// <summary>Adds a connection, and gives the one that must make room; null when there is room.</summary>
    public Session? Add(Session session, IPAddress address)
    {
        lock (_gate)
        {
            if (!_byAddress.TryGetValue(address, out LinkedList<Session>? ofAddress))
            {
                _byAddress[address] = ofAddress = new LinkedList<Session>();
            }

            Session? oldest = ofAddress.Count >= mostPerAddress ? ofAddress.First!.Value : _all.Count >= most ? _all.First!.Value : null;
            _nodes[session] = new Place(address, _all.AddLast(session), ofAddress.AddLast(session));
            if (oldest is not null)
            {
                Drop(oldest);
            }

            return oldest;
        }
    }

    /// <summary>It has logged in, or is gone. Again is without effect.</summary>
    public void Remove(Session session)
    {
        lock (_gate)
        {
            Drop(session);
        }
    }

    private void Drop(Session session)
    {
        if (!_nodes.Remove(session, out Place? place))
        {
            return;
        }

        LinkedList<Session> ofAddress = _byAddress[place.Address];
        _all.Remove(place.All);
        ofAddress.Remove(place.OfAddress);
        if (ofAddress.Count == 0)
        {
            _byAddress.Remove(place.Address);
        }
    }
}
