using System.Net;
using System.Net.Sockets;
using Lockplane.Gateway.Loops;

namespace Lockplane.Gateway.Servers;

/// <summary>Who wants a connection to the server. Called on the loop's thread, one of the two, once.</summary>
internal interface IDialing
{
    /// <summary>It is up; its owner is still to be set.</summary>
    void Connected(Connection connection, EndPoint address);

    /// <summary>No address answered; the last reason, in the system's words.</summary>
    void NotConnected(string reason);
}

/// <summary>Connects to the server: the name is resolved off the loop, its addresses are tried in turn.</summary>
internal sealed class ServerDialer(ILoop loop, ServerOptions options, IDialing dialing) : IConnectionOwner, ITimed
{
    /// <summary>For one address, in milliseconds, where others are left to try.</summary>
    public const long Patience = 3_000;

    private EndPoint[] _addresses = [];
    private int _next;
    private long _deadline = long.MaxValue;
    private Connection? _connection;
    private string _reason = "its name has no address";
    private bool _over;

    /// <summary>Begins.</summary>
    public void Dial()
    {
        if (options.UnixSocket is not null)
        {
            Dial([new UnixDomainSocketEndPoint(options.SocketPath)]);
        }
        else if (IPAddress.TryParse(options.Host, out IPAddress? address))
        {
            Dial([new IPEndPoint(address, options.Port)]);
        }
        else
        {
            _ = ResolveAsync();
        }
    }

    /// <summary>Begins with addresses that are known.</summary>
    public void Dial(EndPoint[] addresses)
    {
        _addresses = addresses;
        Next();
    }

    /// <summary>Gives up; nobody is told.</summary>
    public void Stop()
    {
        _over = true;
        _connection?.Close();
        _connection = null;
    }

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (_over || connection != _connection)
        {
            return;
        }

        if (connection.FinishConnecting() is { } failure)
        {
            Fail(failure);
            return;
        }

        _over = true;
        _connection = null;
        dialing.Connected(connection, _addresses[_next - 1]);
    }

    /// <inheritdoc/>
    public void OnTime(long now)
    {
        if (!_over && now >= _deadline)
        {
            Fail("it does not answer");
        }
    }

    private async Task ResolveAsync()
    {
        IPAddress[] found = [];
        string? failure = null;
        try
        {
            found = await Dns.GetHostAddressesAsync(options.Host).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            failure = e is SocketException socket ? $"its name cannot be resolved ({socket.SocketErrorCode})" : "its name is not one";
        }

        loop.Post(() =>
        {
            if (!_over)
            {
                _reason = failure ?? _reason;
                Dial([.. found.Select(address => new IPEndPoint(address, options.Port))]);
            }
        });
    }

    private void Fail(string reason)
    {
        _reason = reason;
        _connection?.Close();
        _connection = null;
        Next();
    }

    private void Next()
    {
        while (_next < _addresses.Length)
        {
            EndPoint address = _addresses[_next++];
            try
            {
                _connection = loop.Connect(address, this);
            }
            catch (SocketException e)
            {
                _reason = e.Message;
                continue;
            }

            _deadline = _next < _addresses.Length ? loop.Now + Patience : long.MaxValue;
            if (_deadline != long.MaxValue)
            {
                loop.Remind(this, _deadline);
            }

            return;
        }

        _over = true;
        dialing.NotConnected(_reason);
    }
}
