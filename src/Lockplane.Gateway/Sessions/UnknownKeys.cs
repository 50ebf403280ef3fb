using System.Net;
using System.Net.Sockets;

namespace Lockplane.Gateway.Sessions;

/// <summary>Addresses that sent cancel requests with keys that nobody has: who guesses is not answered at all for a while. From any thread; bounded.</summary>
internal sealed class UnknownKeys
{
    /// <summary>So many within <see cref="Window"/> are looked at: cancels that come after the end of their session are among them. At this rate a key of 4 bytes takes years.</summary>
    public const int Most = 100;

    /// <summary>In milliseconds; also how long an address is ignored.</summary>
    public const long Window = 10_000;

    private const int MostAddresses = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, (int Count, long Until)> _seen = new();

    /// <summary>Whether requests of this address are not looked at.</summary>
    public bool Ignores(IPAddress address, long now)
    {
        lock (_gate)
        {
            return _seen.TryGetValue(Network(address), out (int Count, long Until) seen) && seen.Count >= Most && now < seen.Until;
        }
    }

    /// <summary>One more unknown key.</summary>
    public void Add(IPAddress address, long now)
    {
        IPAddress network = Network(address);
        lock (_gate)
        {
            if (!_seen.TryGetValue(network, out (int Count, long Until) seen) || now >= seen.Until)
            {
                MakeRoom(now);
                seen = (0, now + Window);
            }

            // Who goes on is ignored from the last on.
            _seen[network] = (seen.Count + 1, seen.Count + 1 >= Most ? now + Window : seen.Until);
        }
    }

    private void MakeRoom(long now)
    {
        if (_seen.Count < MostAddresses)
        {
            return;
        }

        foreach (IPAddress old in _seen.Where(pair => now >= pair.Value.Until).Select(pair => pair.Key).ToList())
        {
            _seen.Remove(old);
        }

        if (_seen.Count >= MostAddresses)
        {
            _seen.Clear();
        }
    }

    // A host has at least a /64 of IPv6 to itself.
    private static IPAddress Network(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
