using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Lockplane.Control;
using Lockplane.Control.Connections;
using Lockplane.Control.Ledgers;
using Lockplane.Hosting;
using Lockplane.Tests.Sql;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockplane.Tests.Hosting;

/// <summary>The feed before a server that takes connections and never answers; what it reads from real ones is in the tests of Postgres.</summary>
public sealed class CatalogFactsFeedTests : IAsyncDisposable
{
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);
    private readonly Target _target;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("lockplane-feed-");
    private readonly SigningKey _key;
    private readonly ControlPlane _plane;
    private readonly CatalogFactsFeed _feed;

    public CatalogFactsFeedTests()
    {
        _silent.Start();
        _key = SigningKey.LoadOrCreate(Path.Combine(_directory.FullName, "ledger.key"));
        _target = new($"postgres://nobody@127.0.0.1:{((IPEndPoint)_silent.LocalEndpoint).Port}/x?sslmode=disable");
        _plane = new(_target, _key, TestParser.Shared, new ControlOptions(), TimeProvider.System);
        _feed = new(new Dictionary<string, ControlPlane> { ["x"] = _plane }, TimeSpan.FromHours(1), TimeProvider.System, NullLogger<CatalogFactsFeed>.Instance);
    }

    [Fact]
    public async Task Neither_the_start_nor_an_apply_waits_long_for_a_server_that_is_silent()
    {
        Stopwatch clock = Stopwatch.StartNew();
        await Task.WhenAll(_feed.StartAsync(TestContext.Current.CancellationToken), _plane.AfterApply!());

        Assert.InRange(clock.Elapsed, CatalogFactsFeed.LongestWait - TimeSpan.FromMilliseconds(100), CatalogFactsFeed.LongestWait * 3);
        Assert.Null(_feed.Of("x").Current);
    }

    [Fact]
    public async Task The_start_ends_when_it_is_cancelled()
    {
        using CancellationTokenSource stop = new();
        Task start = _feed.StartAsync(stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
    }

    [Fact]
    public async Task An_apply_that_ends_after_the_feed_is_told_nothing_of_it()
    {
        CatalogFactsFeed ended = new(new Dictionary<string, ControlPlane> { ["x"] = _plane }, TimeSpan.FromHours(1), TimeProvider.System, NullLogger<CatalogFactsFeed>.Instance);
        Func<Task> after = _plane.AfterApply!;
        await ended.DisposeAsync();

        await after();
        Assert.Empty(ended.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync();
        await _target.DisposeAsync();
        _key.Dispose();
        _silent.Dispose();
        _directory.Delete(recursive: true);
    }
}
