using Lockplane.Hosting.Operating;
using Lockplane.Sql.Errors;

namespace Lockplane.Tests.Hosting.Operating;

public sealed class ProcessSlotTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockplane-slots-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_takes_the_first_number_that_is_free()
    {
        using ProcessSlot zero = ProcessSlot.Take(_folder);
        ProcessSlot one = ProcessSlot.Take(_folder);
        using ProcessSlot two = ProcessSlot.Take(_folder);
        Assert.Equal([0, 1, 2], ProcessSlot.Running(_folder));
        one.Dispose();
        Assert.Equal([0, 2], ProcessSlot.Running(_folder));
        using ProcessSlot again = ProcessSlot.Take(_folder);
        Assert.Equal((0, 2, 1), (zero.Number, two.Number, again.Number));
    }

    [Fact]
    public async Task Two_that_start_at_once_never_have_the_same_number()
    {
        using Barrier together = new(8);
        ProcessSlot[] slots = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return ProcessSlot.Take(_folder);
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(8, slots.Select(slot => slot.Number).Distinct().Count());
        foreach (ProcessSlot slot in slots)
        {
            slot.Dispose();
        }
    }

    [Fact]
    public void What_a_killed_process_left_is_taken_over()
    {
        File.WriteAllText(ProcessSlot.PathOf(_folder, 0), "");
        File.WriteAllText(Path.Combine(_folder, "control-0.lock"), "");
        using ProcessSlot slot = ProcessSlot.Take(_folder);
        Assert.Equal(0, slot.Number);
        Assert.False(File.Exists(slot.SocketPath));
    }

    [Fact]
    public void The_link_points_to_the_newest_and_back_when_it_ends()
    {
        ProcessSlot old = ProcessSlot.Take(_folder);
        old.BecomeNewest();
        ProcessSlot newer = ProcessSlot.Take(_folder);
        newer.BecomeNewest();
        Assert.Equal(1, ProcessSlot.Newest(_folder));
        newer.Dispose();
        Assert.Equal(0, ProcessSlot.Newest(_folder));
        old.Dispose();
        Assert.Null(ProcessSlot.Newest(_folder));
    }

    [Fact]
    public void The_end_of_the_older_leaves_the_link_alone()
    {
        ProcessSlot old = ProcessSlot.Take(_folder);
        old.BecomeNewest();
        using ProcessSlot newer = ProcessSlot.Take(_folder);
        newer.BecomeNewest();
        old.Dispose();
        Assert.Equal(1, ProcessSlot.Newest(_folder));
    }

    [Fact]
    public void A_folder_that_others_can_write_is_refused()
    {
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);
        LockplaneException e = Assert.Throws<LockplaneException>(() => ProcessSlot.Take(_folder));
        Assert.Same(ErrorCodes.Configuration, e.Code);
        Assert.Equal($"chmod 700 {_folder}", e.Hint);
    }
}
