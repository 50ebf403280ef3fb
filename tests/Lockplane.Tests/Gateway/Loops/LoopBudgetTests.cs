using System.Net.Security;
using System.Net.Sockets;
using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>What a loop may cost: nothing is allocated for an event, a message, or a record of TLS, once it is warm.</summary>
public sealed class LoopBudgetTests
{
    private const int Messages = 2_000;

    // Tiers of the compiler and pools that grow late; far less than one object per message.
    private const long Slack = 16 * 1024;

    [Fact]
    public async Task An_event_allocates_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The portable poller's wait allocates.");
        using LoopFixture fixture = new(portable: false);
        (Connection here, Socket there) = await fixture.Pair();
        using (there)
        {
            await fixture.Run(() => new Echo(fixture.Loop, here).Begin());
            byte[] message = new byte[200];
            await Budget(fixture, () =>
            {
                there.Send(message);
                for (int count = 0; count < message.Length; count += there.Receive(message))
                {
                    // As many as were sent.
                }
            });
        }
    }

    [Fact]
    public async Task A_message_over_TLS_allocates_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The portable poller's wait allocates.");
        using LoopFixture fixture = new(portable: false);
        (SslStream client, _) = await TlsSocketTests.EchoOverTls(fixture);
        await using (client)
        {
            byte[] message = new byte[200];
            await Budget(fixture, () =>
            {
                client.Write(message);
                client.ReadExactly(message);
            });
        }
    }

    [Fact]
    public async Task Posted_work_and_reminders_allocate_nothing_of_the_loops_own()
    {
        using LoopFixture fixture = new(portable: false);
        using AutoResetEvent ran = new(false);
        Action work = () => ran.Set();
        await Budget(fixture, () =>
        {
            fixture.Loop.Post(work);
            Assert.True(ran.WaitOne(30_000));
        });
    }

    private static async Task Budget(LoopFixture fixture, Action roundTrip)
    {
        for (int i = 0; i < Messages; i++)
        {
            roundTrip();
        }

        long before = await fixture.Run(GC.GetAllocatedBytesForCurrentThread);
        for (int i = 0; i < Messages; i++)
        {
            roundTrip();
        }

        long allocated = await fixture.Run(GC.GetAllocatedBytesForCurrentThread) - before;
        Assert.InRange(allocated, 0, Slack);
        Assert.Empty(fixture.Faults);
    }
}
