using Lockplane.Cli;

namespace Lockplane.Tests.Cli;

public sealed class SchemaSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockplane-schema-");

    [Fact]
    public async Task Of_a_folder_every_file_is_read_once_wherever_links_lead()
    {
        string below = Directory.CreateDirectory(At("below")).FullName;
        Directory.CreateDirectory(At("folder.sql"));
        await File.WriteAllTextAsync(At("a.lp.sql"), "CREATE TABLE a (id int);", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(below, "b.sql"), "CREATE TABLE b (id int);", TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(Path.Combine(below, "up"), _folder.FullName);

        SchemaSource source = await SchemaSource.ReadAsync(_folder.FullName, TestContext.Current.CancellationToken);
        Assert.Equal([At("a.lp.sql"), At("below/b.sql")], source.Files.Select(file => file.Name));
    }

    [Fact]
    public async Task What_is_no_UTF_8_is_told_with_its_place_and_what_has_no_end_is_refused()
    {
        await File.WriteAllBytesAsync(At("x.sql"), [.. "-- é\n-- é"u8, 0xff], TestContext.Current.CancellationToken);
        UsageException refusal = await Assert.ThrowsAsync<UsageException>(() => SchemaSource.ReadAsync(At("x.sql"), TestContext.Current.CancellationToken));
        Assert.EndsWith("x.sql:2:5: the file is not UTF-8.", refusal.Message, StringComparison.Ordinal);

        if (File.Exists("/dev/zero"))
        {
            refusal = await Assert.ThrowsAsync<UsageException>(() => SchemaSource.ReadAsync("/dev/zero", TestContext.Current.CancellationToken));
            Assert.Contains("longer than", refusal.Message, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
