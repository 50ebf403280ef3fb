using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Statements;
using static Lockplane.Tests.Gateway.Relays.RelayScript;

namespace Lockplane.Tests.Gateway.Relays;

public sealed class RelayBudgetTests
{
    [Fact]
    public void A_relayed_message_allocates_nothing()
    {
        byte[] request = [.. Query("select 1"), .. Parse("s", "select $1"), .. Frame('B', "\0s\0"), .. Frame('E', "\0\0\0\0\0"), .. Frame('S', "")];
        byte[] answer = [.. Frame('1', ""), .. Frame('2', ""), .. Frame('D', "row"), .. Frame('C', "SELECT 1\0"), .. Frame('S', "TimeZone\0UTC\0"), .. Frame('Z', "I")];
        PendingRefusals refusals = new(Marker);
        RequestsInFlight requests = new();
        using GatewayMetrics metrics = new();
        using ClientRelay client = new(new ScriptedJudge(static _ => Verdict.Permitted, knows: true), refusals, requests, metrics.AddLoop(), 1_000);
        using ServerRelay server = new(refusals, requests);
        Relay(client, request, server, answer, 1_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Relay(client, request, server, answer, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Relay(ClientRelay client, byte[] request, ServerRelay server, byte[] answer, int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (client.Next(request) != new ClientStep(ClientAction.Forward, request.Length))
            {
                throw new InvalidOperationException("The request was not forwarded whole.");
            }

            // ParameterStatus begins a step of its own.
            for (int at = 0; at < answer.Length;)
            {
                ServerStep step = server.Next(answer.AsSpan(at));
                at += step.Action == ServerAction.Forward ? step.Bytes : throw new InvalidOperationException("The answer was not forwarded.");
            }
        }
    }
}
