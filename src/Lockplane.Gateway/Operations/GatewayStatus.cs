using System.Collections.Immutable;

namespace Lockplane.Gateway.Operations;

/// <summary>How the gateway is.</summary>
/// <param name="Listeners">Where it listens: <c>127.0.0.1:6432</c>, or the path of a Unix socket; empty once it drains.</param>
/// <param name="Draining">It takes no new sessions and ends those that it has.</param>
/// <param name="Sessions">Logged in.</param>
/// <param name="Connections">All of clients, with those that log in or cancel.</param>
/// <param name="Server">The server behind it.</param>
public sealed record GatewayStatus(ImmutableArray<string> Listeners, bool Draining, int Sessions, int Connections, ServerStatus Server);

/// <summary>The server, as the last attempt to connect found it.</summary>
/// <param name="Name">As in <c>[server.NAME]</c>.</param>
/// <param name="Address">Where it is.</param>
/// <param name="At">When the last attempt ended; null before the first.</param>
/// <param name="Failure">Why the last attempt failed; null when it did not.</param>
public sealed record ServerStatus(string Name, string Address, DateTimeOffset? At, string? Failure);
