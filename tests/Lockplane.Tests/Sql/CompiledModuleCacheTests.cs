using Lockplane.Sql.PgQuery;

namespace Lockplane.Tests.Sql;

public sealed class CompiledModuleCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockplane-cache-").FullName;
    private readonly List<string> _told = [];

    [Fact]
    public void The_second_parser_takes_the_module_from_the_cache_and_damage_makes_it_compile_again()
    {
        Assert.Equal(1, Compilations());
        string file = Assert.Single(Directory.GetFiles(_folder));
        Assert.Equal(0, Compilations());

        byte[] content = File.ReadAllBytes(file);
        content[^1] ^= 1;
        File.WriteAllBytes(file, content);
        Assert.Equal(1, Compilations());
        Assert.Equal(0, Compilations());

        File.WriteAllBytes(file, content[..20]);
        Assert.Equal(1, Compilations());
    }

    [Fact]
    public void A_module_that_others_can_write_is_not_loaded()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        Assert.Equal(1, Compilations());
        string file = Assert.Single(Directory.GetFiles(_folder));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        }

        Assert.Equal(1, Compilations());
        Assert.Contains(_told, line => line.Contains("others can write", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_others_can_write_is_neither_read_nor_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix modes");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);
        }

        Assert.Equal(1, Compilations());
        Assert.Empty(Directory.GetFiles(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Loads a parser and says how often it compiled.</summary>
    private int Compilations()
    {
        _told.Clear();
        using PgQueryParser parser = new(new PgQueryOptions { CacheFolder = _folder, MaxInstances = 1, Progress = _told.Add });
        parser.Load();
        return _told.Count(static line => line.StartsWith("Compiling", StringComparison.Ordinal));
    }
}
