using System.Collections.Immutable;
using Lockplane.Control;
using Lockplane.Control.Walls;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Hosting;

/// <summary>Which walls stand, for the log at the start and for <c>/readyz</c>: by what the role that applies can read, without trying anything. `lockplane harden --check` tells all.</summary>
/// <param name="configuration">The one in force: names the roles.</param>
/// <param name="controlPlanes">By the name of their database in the configuration.</param>
/// <param name="clock">How old an answer is.</param>
/// <param name="log">Told of the first answer, and of each that differs.</param>
internal sealed partial class WallPosture(Func<LockplaneConfiguration> configuration, IReadOnlyDictionary<string, ControlPlane> controlPlanes, TimeProvider clock, ILogger<WallPosture> log)
{
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private ImmutableSortedDictionary<string, string> _last = ImmutableSortedDictionary<string, string>.Empty;
    private long? _asked;

    /// <summary>Of each database, in a line: what is missing, or that all stands. Asked at most once a minute; one caller at a time.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(CancellationToken cancellation)
    {
        if (_asked is { } asked && clock.GetElapsedTime(asked) < Validity)
        {
            return _last;
        }

        ImmutableSortedDictionary<string, string>.Builder lines = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach ((string name, ControlPlane plane) in controlPlanes)
        {
            lines[name] = await AskAsync(plane, cancellation);
            if (_last.GetValueOrDefault(name) != lines[name])
            {
                LogWalls(name, lines[name]);
            }
        }

        (_last, _asked) = (lines.ToImmutable(), clock.GetTimestamp());
        return _last;
    }

    private async Task<string> AskAsync(ControlPlane plane, CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            WallOptions walls = WallsOfConfiguration.Of(configuration(), [], []);
            if (walls.Roles.IsEmpty)
            {
                return "not checked: no [[identity]], [[auth]] or [[profile]] names a role";
            }

            WallReport report = await plane.Hardening.CheckAsync(null, walls, patience.Token);
            string[] missing = [.. report.Findings.Where(finding => finding.State == WallState.Missing).Select(finding => finding.Role is null ? finding.Wall : $"{finding.Wall} ({finding.Role})")];
            return missing.Length == 0 ? "stand, as far as they can be seen" : $"missing: {string.Join(", ", missing)}";
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Whatever goes wrong here must not make /readyz fail: sessions can be served.
            return "not checked: " + e switch
            {
                LockplaneException known => known.Message,
                NpgsqlException or OperationCanceledException => "the database does not answer",
                _ => $"the check itself failed ({e.GetType().Name})",
            };
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Walls of database {Database}: {Walls}")]
    private partial void LogWalls(string database, string walls);
}
