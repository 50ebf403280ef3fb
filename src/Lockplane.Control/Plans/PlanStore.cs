using System.Text;
using System.Text.Json;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Shadows;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Plans;

/// <summary>The plans kept in the target's schema <c>lockplane</c>.</summary>
internal sealed class PlanStore(NpgsqlConnection connection)
{
    private readonly Ledger _functions = new(connection);

    /// <summary>Keeps a plan; false when it came through the gateway and the database has a thousand unapplied ones already.</summary>
    /// <param name="source">Identifies what the plan was made from, with <c>from_hash</c>: equal text finds the plan again.</param>
    internal async Task<bool> PutAsync(Plan plan, string source, Principal proposer, Assessment assessment, long? rollbackOf, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = _functions.Call(
            "SELECT lockplane.put_plan($1, $2, $3, $4, $5, $6, $7, $8)",
            plan.PlanHash.Text,
            Encoding.UTF8.GetString(PlanJson.Write(plan)),
            plan.FromHash.Text,
            source,
            proposer.Name,
            proposer.Door,
            Encoding.UTF8.GetString(assessment.ToJson()),
            rollbackOf);
        return (bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
    }

    internal async Task<string?> FindBySourceAsync(ManifestHash from, string source, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = _functions.Call("SELECT lockplane.find_plan_by_source($1, $2)", from.Text, source);
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) as string;
    }

    /// <summary>The one plan whose hash begins with <paramref name="prefix"/> (12 digits or more, with or without <c>sha256:</c>).</summary>
    /// <exception cref="LockplaneException">LP102 when there is none, or more than one.</exception>
    internal async Task<StoredPlan> GetAsync(string prefix, CancellationToken cancellation)
    {
        if (!ManifestHash.IsPrefix(prefix))
        {
            throw new LockplaneException(
                ErrorCodes.StaleBase,
                $"\"{prefix}\" is neither a plan file nor a plan's hash.",
                hint: $"Give a file, or the hash that `lockplane plan` printed: sha256: and 64 digits, or its first {ManifestHash.ShortestPrefix} digits or more.");
        }

        List<StoredPlan> found = await FindAsync(prefix.StartsWith("sha256:", StringComparison.Ordinal) ? prefix : "sha256:" + prefix, cancellation).ConfigureAwait(false);
        return found.Count switch
        {
            1 => found[0],
            0 => throw new LockplaneException(ErrorCodes.StaleBase, $"There is no plan {prefix} in database {connection.Database}.", hint: "Unapplied plans are dropped after seven days: make it again with `lockplane plan`."),
            _ => throw new LockplaneException(ErrorCodes.StaleBase, $"More than one plan begins with {prefix}.", hint: "Give more digits."),
        };
    }

    /// <summary>The plan of this hash; null when it is not stored.</summary>
    internal async Task<StoredPlan?> FindAsync(ManifestHash hash, CancellationToken cancellation) =>
        (await FindAsync(hash.Text, cancellation).ConfigureAwait(false)).FirstOrDefault();

    private async Task<List<StoredPlan>> FindAsync(string start, CancellationToken cancellation)
    {
        List<StoredPlan> found = [];
        await using NpgsqlCommand command = _functions.Call(
            "SELECT hash, body, proposer, door, created_at, assessment, applied_seq, rollback_of FROM lockplane.find_plans($1)", start);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            found.Add(new StoredPlan(
                Read(rows.GetString(0), rows.GetString(1)),
                rows.GetString(2),
                rows.GetString(3),
                rows.GetDateTime(4),
                ReadAssessment(rows.GetString(5)),
                rows.IsDBNull(6) ? null : rows.GetInt64(6),
                rows.IsDBNull(7) ? null : rows.GetInt64(7)));
        }

        return found;
    }

    private static Plan Read(string hash, string body)
    {
        try
        {
            Plan plan = PlanJson.Read(Encoding.UTF8.GetBytes(body));
            return plan.PlanHash.Text == hash ? plan : throw new FormatException($"it stands under the hash {hash}, and is {plan.PlanHash}.");
        }
        catch (FormatException e)
        {
            throw Changed(e);
        }
    }

    private static Assessment ReadAssessment(string text)
    {
        try
        {
            return Assessment.Parse(text);
        }
        catch (JsonException e)
        {
            throw Changed(e);
        }
    }

    private static LockplaneException Changed(Exception e) =>
        new(ErrorCodes.LedgerBroken, $"A stored plan was changed past Lockplane: {e.Message}", hint: "Make the plan again, and find out who wrote to lockplane.plan.", inner: e);
}
