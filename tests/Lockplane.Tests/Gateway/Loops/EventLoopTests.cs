using System.Net.Sockets;
using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>What a loop promises: who is told, in which order, and that it goes on whatever is thrown.</summary>
public sealed class EventLoopTests
{
    public static TheoryData<bool> Pollers => LoopFixture.Pollers;

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task What_many_threads_post_runs_once_each_and_on_the_loop(bool portable)
    {
        using LoopFixture fixture = new(portable);
        const int Threads = 8;
        const int Each = 5_000;
        int ran = 0;
        bool elsewhere = false;
        int[] last = new int[Threads];
        bool disordered = false;
        Task[] posters = [.. Enumerable.Range(0, Threads).Select(thread => Task.Run(
            () =>
            {
                for (int i = 1; i <= Each; i++)
                {
                    int number = i;
                    fixture.Loop.Post(() =>
                    {
                        elsewhere |= !fixture.Loop.IsCurrent;
                        disordered |= last[thread] != number - 1;
                        last[thread] = number;
                        ran++;
                    });
                }
            },
            TestContext.Current.CancellationToken))];
        await LoopFixture.In(Task.WhenAll(posters));
        await LoopFixture.Until(() => Volatile.Read(ref ran) == Threads * Each);
        Assert.False(elsewhere);
        Assert.False(disordered);
        Assert.Empty(fixture.Faults);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task Reminders_come_in_the_order_of_their_times_and_never_early(bool portable)
    {
        using LoopFixture fixture = new(portable);
        List<int> order = [];
        bool early = false;
        await fixture.Run(() =>
        {
            long now = fixture.Loop.Now;
            int[] delays = [30, 10, 20, 10, 0, 30];
            for (int i = 0; i < delays.Length; i++)
            {
                int number = i;
                long at = now + delays[i];
                fixture.Loop.Remind(new Reminder(told =>
                {
                    early |= told < at;
                    order.Add(number);
                }), at);
            }
        });
        await LoopFixture.Until(() => fixture.Run(() => order.Count).Result == 6);
        Assert.Equal([4, 1, 3, 2, 0, 5], order);
        Assert.False(early);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task What_an_owner_throws_ends_its_own_connection_only(bool portable)
    {
        using LoopFixture fixture = new(portable);
        (Connection bad, Socket badPeer) = await fixture.Pair();
        (Connection good, Socket goodPeer) = await fixture.Pair();
        using (badPeer)
        using (goodPeer)
        {
            await fixture.Run(() =>
            {
                bad.Owner = new Thrower();
                bad.Watch(Readiness.Readable);
                new Echo(fixture.Loop, good).Begin();
                fixture.Loop.Remind(new Reminder(_ => throw new FormatException("a reminder")), fixture.Loop.Now);
                fixture.Loop.Post(() => throw new FormatException("posted work"));
            });
            badPeer.Send([1]);
            byte[] answer = new byte[1];
            Assert.Equal(0, Received(badPeer, answer));
            goodPeer.Send([2]);
            Assert.Equal(1, goodPeer.Receive(answer));
            Assert.Equal(2, answer[0]);
            await LoopFixture.Until(() => fixture.Faults.Count == 3);
            Assert.Equal(["a reminder", "an owner", "posted work"], fixture.Faults.Select(f => f.Message).Order());
        }
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task Who_is_closed_by_another_in_the_same_turn_is_told_nothing(bool portable)
    {
        using LoopFixture fixture = new(portable);
        const int Pairs = 20;
        List<(Connection Here, Socket There)> pairs = [];
        for (int i = 0; i < Pairs; i++)
        {
            pairs.Add(await fixture.Pair());
        }

        CloseOthers owner = new([.. pairs.Select(p => p.Here)]);
        await fixture.Run(() =>
        {
            foreach ((Connection here, Socket there) in pairs)
            {
                // All are ready before the loop waits again: one batch of events.
                there.Send([1]);
                here.Owner = owner;
                here.Watch(Readiness.Readable);
            }

            Thread.Sleep(20);
        });
        await LoopFixture.Until(() => Volatile.Read(ref owner.Told) > 0);
        await fixture.Run(() => { });
        Assert.Equal(1, owner.Told);
        Assert.Equal(0, fixture.Loop.Connections);
        Assert.Empty(fixture.Faults);
        pairs.ForEach(p => p.There.Dispose());
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task A_peer_that_hangs_up_while_nobody_watches_does_not_keep_the_loop_busy(bool portable)
    {
        using LoopFixture fixture = new(portable);
        (Connection here, Socket there) = await fixture.Pair();
        TaskCompletionSource<int> received = new();
        await fixture.Run(() =>
        {
            here.Owner = new Owner((connection, _) => received.TrySetResult(connection.Receive(fixture.Loop.Scratch)));
            here.Watch(Readiness.Readable);
            here.Watch(Readiness.None);
            there.LingerState = new LingerOption(true, 0);
            there.Dispose();
        });
        long turns = fixture.Loop.Turns;
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.InRange(fixture.Loop.Turns - turns, 0, 10);
        await fixture.Run(() => here.Watch(Readiness.Readable));
        Assert.Equal(0, await LoopFixture.In(received.Task));
        Assert.NotNull(here.Failure);
    }

    [Theory]
    [MemberData(nameof(Pollers))]
    public async Task An_ended_loop_takes_nothing_more_and_has_closed_its_connections(bool portable)
    {
        LoopFixture fixture = new(portable);
        (Connection _, Socket there) = await fixture.Pair();
        fixture.Dispose();
        Assert.False(fixture.Loop.TryPost(() => { }));
        fixture.Loop.Post(() => { });
        Assert.Equal(0, there.Receive(new byte[1]));
        Assert.Equal(0, fixture.Loop.Connections);
        there.Dispose();
    }

    private static int Received(Socket socket, byte[] into)
    {
        try
        {
            return socket.Receive(into);
        }
        catch (SocketException)
        {
            // Closed with unread bytes, which resets.
            return 0;
        }
    }

    private sealed class Reminder(Action<long> told) : ITimed
    {
        public void OnTime(long now) => told(now);
    }

    private sealed class Owner(Action<Connection, Readiness> told) : IConnectionOwner
    {
        public void OnReady(Connection connection, Readiness readiness) => told(connection, readiness);
    }

    private sealed class Thrower : IConnectionOwner
    {
        public void OnReady(Connection connection, Readiness readiness) => throw new FormatException("an owner");
    }

    private sealed class CloseOthers(Connection[] all) : IConnectionOwner
    {
        public int Told;

        public void OnReady(Connection connection, Readiness readiness)
        {
            Volatile.Write(ref Told, Told + 1);
            foreach (Connection other in all)
            {
                other.Close();
            }
        }
    }
}
