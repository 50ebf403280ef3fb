using System.Collections.Concurrent;
using System.Globalization;
using Lockplane.Control;
using Lockplane.Gateway;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting;

/// <summary>Schema changes that arrive at the gateway, taken to the control plane: each becomes a plan of its own text.</summary>
/// <param name="plane">The corridor of the gateway's database.</param>
/// <param name="clock">For the limit of new plans.</param>
internal sealed class CorridorGate(ControlPlane plane, TimeProvider clock) : IDdlGate
{
    /// <summary>New plans that one login role may cause in a minute; finding one again costs nothing.</summary>
    private const int PlansPerMinute = 6;

    private readonly ConcurrentDictionary<string, Queue<long>> _recent = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<DdlAnswer> ProposeAsync(DdlRequest request, CancellationToken cancellation)
    {
        try
        {
            if (!string.Equals(request.Database, plane.Target.Database, StringComparison.Ordinal))
            {
                return new DdlAnswer(null, $"database {request.Database} has no [databases.NAME] in the configuration");
            }

            var stored = await plane.PlanSqlAsync(request.Sql, SearchPath(request.SearchPath), Principal.Session(request.LoginRole), () => Admit(request.LoginRole), cancellation);
            return new DdlAnswer(stored.Plan.PlanHash.Text, null);
        }
        catch (LockplaneException e)
        {
            return new DdlAnswer(null, $"{e.Code}: {e.Message}");
        }
    }

    private void Admit(string role)
    {
        var times = _recent.GetOrAdd(role, _ => new Queue<long>());
        lock (times)
        {
            while (times.TryPeek(out var first) && clock.GetElapsedTime(first) > TimeSpan.FromMinutes(1))
            {
                times.Dequeue();
            }

            if (times.Count >= PlansPerMinute)
            {
                throw new LockplaneException(ErrorCodes.DeniedByPolicy, string.Create(CultureInfo.InvariantCulture, $"Role {role} has caused {PlansPerMinute} new plans within a minute."), null, "Wait a minute.");
            }

            times.Enqueue(clock.GetTimestamp());
        }
    }

    private static string[]? SearchPath(string? text) =>
        text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => name.Trim('"')).ToArray();
}
