using System.Net.Sockets;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Relays;

/// <summary>Drives the two directions of one session on sockets: the portable driver.</summary>
/// <param name="propose">Asks for the plan of a schema change and gives the hint that names it. Only this session waits for it.</param>
/// <param name="refused">Told of each refusal.</param>
internal sealed class SocketRelay(
    Peer client, Peer server, ClientRelay toServer, ServerRelay toClient,
    Func<string, CancellationToken, Task<string>> propose, Action<Refusal> refused, Action<Exception> failed) : IDisposable
{
    private static readonly TimeSpan LastWordsDeadline = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _over = new();
    private SessionEnd? _end;
    private volatile bool _draining;
    private bool _sendingToClient;

    /// <summary>Relays until one side ends it; then the client has been told why and both connections are closed.</summary>
    public async Task<SessionEnd> RunAsync()
    {
        Task clientPump = PumpClientAsync();
        SessionEnd end = await PumpServerAsync().ConfigureAwait(false);
        end = Interlocked.CompareExchange(ref _end, end, null) ?? end;
        server.Close();
        await _over.CancelAsync().ConfigureAwait(false);
        if (end.Error is { } error && !_sendingToClient && toClient.AtFrameBoundary)
        {
            await SayAsync(client, error).ConfigureAwait(false);
        }

        client.Close();
        await clientPump.ConfigureAwait(false);
        return end;
    }

    /// <summary>Ends the session for a reason of the gateway's own; the first reason stays.</summary>
    public void End(SessionEnd end)
    {
        Interlocked.CompareExchange(ref _end, end, null);
        server.Close();
    }

    /// <summary>Ends the session as soon as it is outside a transaction.</summary>
    public void Drain()
    {
        _draining = true;
        EndIfDrained();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _over.Dispose();
        toServer.Dispose();
        toClient.Dispose();
    }

    /// <summary>Sends a last message; a client that does not read it in time goes without.</summary>
    public static async Task SayAsync(Peer client, ErrorFields error)
    {
        using ByteBuffer message = new(512);
        using CancellationTokenSource deadline = new(LastWordsDeadline);
        error.Write(message);
        try
        {
            await client.FlushAsync(message, deadline.Token).ConfigureAwait(false);
            client.FinishSending();
        }
        catch (Exception e) when (IsGone(e))
        {
            // Nobody is left to be told.
        }
    }

    /// <summary>Whether an exception only says that a connection has ended.</summary>
    public static bool IsGone(Exception e) => e is SocketException or ObjectDisposedException or OperationCanceledException;

    private async Task PumpClientAsync()
    {
        SessionEnd end;
        try
        {
            await RelayClientAsync().ConfigureAwait(false);
            end = SessionEnd.ByClient;
        }
        catch (ProtocolException violation)
        {
            end = new SessionEnd(EndedBy.ClientViolation, ErrorFields.FatalOf(violation));
        }
        catch (Exception e) when (IsGone(e))
        {
            end = SessionEnd.ByClient;
        }
        catch (Exception e)
        {
            failed(e);
            end = SessionEnd.Failed;
        }

        // The server finishes what it was sent before, as if the client had sent no more; its answers still go out.
        if (!_over.IsCancellationRequested)
        {
            Interlocked.CompareExchange(ref _end, end, null);
        }

        server.FinishSending();
    }

    private async Task RelayClientAsync()
    {
        while (true)
        {
            ClientStep step = toServer.Next(client.In.Unread);
            switch (step.Action)
            {
                case ClientAction.Forward:
                    toClient.RequestSent();
                    await server.SendAsync(client.In.UnreadMemory[..step.Bytes]).ConfigureAwait(false);
                    client.In.Consume(step.Bytes);
                    break;
                case ClientAction.Replace:
                    toClient.RequestSent();
                    client.In.Consume(step.Bytes);
                    refused(toServer.LastRefusal!);
                    await server.FlushAsync(toServer.Replacement).ConfigureAwait(false);
                    break;
                case ClientAction.Drop:
                    client.In.Consume(step.Bytes);
                    break;
                case ClientAction.Propose:
                    toServer.Refuse(await propose(toServer.Proposed, _over.Token).ConfigureAwait(false));
                    break;
                default:
                    if (await client.ReadAsync().ConfigureAwait(false) == 0)
                    {
                        return;
                    }

                    break;
            }
        }
    }

    private async Task<SessionEnd> PumpServerAsync()
    {
        try
        {
            await RelayServerAsync().ConfigureAwait(false);
        }
        catch (ProtocolException violation)
        {
            return new SessionEnd(EndedBy.ServerViolation, ErrorFields.FatalOf(violation));
        }
        catch (Exception e) when (IsGone(e))
        {
            // Which side it was: a send to the client that did not return.
            if (_sendingToClient)
            {
                return SessionEnd.ByClient;
            }
        }
        catch (Exception e)
        {
            failed(e);
            return SessionEnd.Failed;
        }

        return toServer.Terminated ? SessionEnd.ByClient : toClient.LastWasError ? SessionEnd.ByServer : SessionEnd.ServerGone;
    }

    private async Task RelayServerAsync()
    {
        while (true)
        {
            ServerStep step = toClient.Next(server.In.Unread);
            switch (step.Action)
            {
                case ServerAction.Forward:
                    _sendingToClient = true;
                    await client.SendAsync(server.In.UnreadMemory[..step.Bytes]).ConfigureAwait(false);
                    _sendingToClient = false;
                    server.In.Consume(step.Bytes);
                    break;
                case ServerAction.Replace:
                    server.In.Consume(step.Bytes);
                    _sendingToClient = true;
                    await client.FlushAsync(toClient.Replacement).ConfigureAwait(false);
                    _sendingToClient = false;
                    break;
                default:
                    EndIfDrained();
                    if (await server.ReadAsync().ConfigureAwait(false) == 0)
                    {
                        return;
                    }

                    break;
            }
        }
    }

    private void EndIfDrained()
    {
        if (_draining && toClient.Status == TransactionStatus.Idle)
        {
            End(SessionEnd.Shutdown);
        }
    }
}
