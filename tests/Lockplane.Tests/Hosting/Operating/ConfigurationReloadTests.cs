using System.Collections.Immutable;
using Lockplane.Hosting.Configuration;
using Lockplane.Hosting.Operating;
using Lockplane.Sql.Errors;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockplane.Tests.Hosting.Operating;

public sealed class ConfigurationReloadTests
{
    private const string Jwt = "[[auth]]\nuser = \"a\"\nmethod = \"scram\"\n[[auth]]\nuser = \"b\"\nmethod = \"jwt\"\nissuer = \"i\"\naudience = \"a\"\nkey = \"KEY\"\n";

    [Fact]
    public void Changed_keys_are_named_with_both_values()
    {
        ImmutableArray<ConfigurationChange> changes = Diff("[gateway]\nmax_sessions = 10\n", "[gateway]\nmax_sessions = 20\nproxy_networks = [\"10.0.0.0/8\"]\n");
        Assert.Equal(["gateway.max_sessions: 10 -> 20", "gateway.proxy_networks: [] -> [\"10.0.0.0/8\"]"], changes.Select(change => change.Text));
        Assert.All(changes, change => Assert.False(change.NeedsRestart));
    }

    [Fact]
    public void A_map_of_names_changes_while_running() => Assert.False(Assert.Single(Diff("", "[maps.staff]\n\"ann\" = [\"app\"]\n")).NeedsRestart);

    [Theory]
    [InlineData("[gateway]\nport = 1\n")]
    [InlineData("[gateway]\nloops = 2\n")]
    [InlineData("[http]\nport = 1\n")]
    [InlineData("[audit]\nfile = \"x\"\n")]
    [InlineData("[apply]\nlock_attempts = 2\n")]
    [InlineData("state_dir = \"/x\"\n")]
    public void What_cannot_change_while_running_is_named(string next) => Assert.True(Assert.Single(Diff("", next)).NeedsRestart);

    [Fact]
    public void Rules_that_come_and_go_are_named_by_their_number()
    {
        ImmutableArray<ConfigurationChange> changes = Diff(
            "[[identity]]\nuser = \"a\"\ntenant_id = \"t\"\nuser_id = \"u\"\n",
            "[[identity]]\nuser = \"a\"\ntenant_id = \"t\"\nuser_id = \"u\"\n[[identity]]\nuser = \"b\"\ntenant_id = \"t\"\nuser_id = \"u\"\n");
        Assert.Contains("identity[1].user: (none) -> \"b\"", changes.Select(change => change.Text));
        Assert.DoesNotContain(changes, change => change.Key.StartsWith("identity[0]", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_secret_is_told_and_neither_of_the_two_is_shown()
    {
        ConfigurationChange change = Assert.Single(Diff(Jwt.Replace("KEY", new string('k', 40), StringComparison.Ordinal), Jwt.Replace("KEY", new string('l', 40), StringComparison.Ordinal)));
        Assert.Equal("auth[1].key: another secret", change.Text);
        Assert.DoesNotContain("kkk", change.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_twice_changes_nothing() => Assert.Empty(Diff(Jwt.Replace("KEY", new string('k', 40), StringComparison.Ordinal), Jwt.Replace("KEY", new string('k', 40), StringComparison.Ordinal)));

    [Fact]
    public void A_key_that_needs_a_restart_is_named_until_it_is_as_at_the_start()
    {
        Queue<string> files = new(["[http]\nport = 7\n[gateway]\nmax_sessions = 5\n", "[http]\nport = 7\n[gateway]\nmax_sessions = 5\n", ""]);
        ConfigurationReload reload = new(Read(""), () => Read(files.Dequeue()), _ => { }, NullLogger.Instance);
        Assert.Equal(["gateway.max_sessions", "http.port"], reload.Run().Select(change => change.Key));
        Assert.Equal(["http.port"], reload.Run().Select(change => change.Key));
        Assert.Equal(["gateway.max_sessions"], reload.Run().Select(change => change.Key));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_is_refused_changes_nothing(bool byTheReader)
    {
        LockplaneConfiguration start = Read("");
        List<LockplaneConfiguration> applied = [];
        ConfigurationReload reload = new(
            start,
            () => byTheReader ? Read("[gateway]\nprot = 1\n") : Read("[gateway]\nmax_sessions = 5\n"),
            next =>
            {
                applied.Add(next);
                throw new LockplaneException(ErrorCodes.Configuration, "It cannot work.");
            },
            NullLogger.Instance);
        Assert.Same(ErrorCodes.Configuration, Assert.Throws<LockplaneException>(() => reload.Run()).Code);
        Assert.Same(start, reload.Current);
        Assert.Equal(byTheReader ? 0 : 1, applied.Count);
    }

    [Fact]
    public void A_file_that_is_gone_is_a_configuration_error()
    {
        ConfigurationReload reload = new(Read(""), () => throw new FileNotFoundException("gone"), _ => { }, NullLogger.Instance);
        Assert.Same(ErrorCodes.Configuration, Assert.Throws<LockplaneException>(() => reload.Run()).Code);
    }

    private static ImmutableArray<ConfigurationChange> Diff(string from, string to) => ConfigurationDiff.Of(Read(from), Read(from), Read(to));

    private static LockplaneConfiguration Read(string text) => ConfigurationLoader.Read(text, "f.toml", []);
}
