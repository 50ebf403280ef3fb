using System.Collections.Immutable;
using Lockplane.Hosting;
using Lockplane.Sql.Errors;

namespace Lockplane.Tests.Hosting;

public sealed class MockSaltKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockplane-salts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task All_that_start_at_once_and_all_that_start_later_have_the_same_key()
    {
        string path = MockSaltKey.PathOf(_folder);
        using Barrier together = new(8);
        ImmutableArray<byte>[] keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return MockSaltKey.LoadOrCreate(path);
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(32, keys[0].Length);
        Assert.All(keys, key => Assert.Equal(keys[0], key));
        Assert.Equal(keys[0], MockSaltKey.LoadOrCreate(path));
        Assert.Equal([path], Directory.EnumerateFiles(_folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Two_folders_have_two_keys() =>
        Assert.NotEqual(MockSaltKey.LoadOrCreate(MockSaltKey.PathOf(Path.Combine(_folder, "a"))), MockSaltKey.LoadOrCreate(MockSaltKey.PathOf(Path.Combine(_folder, "b"))));

    [Theory]
    [InlineData("")]
    [InlineData("no base64")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_file_that_is_no_key_refuses_the_start(string text)
    {
        string path = MockSaltKey.PathOf(_folder);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal("LP001", Assert.Throws<LockplaneException>(() => MockSaltKey.LoadOrCreate(path)).Code.Code);
    }

    [Fact]
    public void A_key_that_others_may_read_refuses_the_start()
    {
        string path = MockSaltKey.PathOf(_folder);
        MockSaltKey.LoadOrCreate(path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<LockplaneException>(() => MockSaltKey.LoadOrCreate(path)).Hint, StringComparison.Ordinal);
    }
}
