using Lockplane.Gateway.Authentication;
using Lockplane.Sql.Errors;

namespace Lockplane.Tests.Gateway.Authentication;

public sealed class UserlistTests
{
    [Fact]
    public void Lines_are_read_as_pgbouncer_reads_them()
    {
        Userlist users = Userlist.Parse("; a comment\r\n\"app\" \"pen\"\"cil\"\n\n  \"with space\"\t\"x\" \n# another\n");
        Assert.Equal(2, users.Count);
        Assert.Equal("pen\"cil", users.Find("app"));
        Assert.Equal("x", users.Find("with space"));
        Assert.Null(users.Find("APP"));
        Assert.DoesNotContain("pen", users.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app pencil", 1)]
    [InlineData("\"app\" \"x\"\n\"app\" \"y\"", 2)]
    [InlineData("\"app\"", 1)]
    [InlineData("\"app\" \"unfinished swordfish", 1)]
    [InlineData("\"app\" \"\"", 1)]
    [InlineData("\n\"app\" \"SCRAM-SHA-256$swordfish\"", 2)]
    public void A_malformed_line_is_named_and_not_shown(string text, int line)
    {
        LockplaneException error = Assert.Throws<LockplaneException>(() => Userlist.Parse(text));
        Assert.Equal(ErrorCodes.Configuration, error.Code);
        Assert.Contains($"Line {line} ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("swordfish", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_others_may_read_is_refused()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "\"app\" \"x\"");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Assert.Equal(1, Userlist.Load(path).Count);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Assert.Equal(ErrorCodes.Configuration, Assert.Throws<LockplaneException>(() => Userlist.Load(path)).Code);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
