using System.Collections.Immutable;
using Lockplane.Control.Connections;
using Lockplane.Control.Introspection;
using Lockplane.Control.Ledgers;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Walls;

/// <summary>What building the walls came to.</summary>
/// <param name="Seq">The number of the ledger entry.</param>
/// <param name="EntryHash">Its hash.</param>
/// <param name="ToHash">The schema after it.</param>
public sealed record HardenResult(long Seq, string EntryHash, string ToHash);

/// <summary>Verifies the second wall and builds what is missing.</summary>
public sealed class Hardening(Target target, SigningKey key, ControlOptions options)
{
    /// <summary>Finds how every wall is. Everything that is tried is rolled back.</summary>
    /// <param name="administratorUrl">Who can act as the roles, and would build; null for the role that applies, which can only read the catalog.</param>
    /// <param name="walls">What is to stand.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="LockplaneException">LP001: a role that is no application's.</exception>
    public async Task<WallReport> CheckAsync(string? administratorUrl, WallOptions walls, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = administratorUrl is null
            ? await target.OpenAsync(cancellation).ConfigureAwait(false)
            : await target.OpenAdministratorAsync(administratorUrl, cancellation).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await BeginAsync(connection, cancellation).ConfigureAwait(false);
        (WallScene scene, ImmutableArray<WallFinding> unknown) = await SceneAsync(connection, walls, administratorUrl is not null, cancellation).ConfigureAwait(false);
        // The guard first: afterwards this session itself is on its list.
        DdlGuardWall guard = new();
        IReadOnlyList<WallFinding> guarded = await guard.CheckAsync(scene, cancellation).ConfigureAwait(false);
        if (scene.IsAdministrator)
        {
            await DdlGuardWall.AdmitAsync(connection, cancellation).ConfigureAwait(false);
        }

        ImmutableArray<WallFinding> findings = [.. (await FindAsync(scene, cancellation).ConfigureAwait(false)).Where(finding => finding.Wall != guard.Name), .. guarded];
        if (scene.IsAdministrator)
        {
            findings = await TryToBuildAsync(connection, scene, findings, cancellation).ConfigureAwait(false);
        }

        return new WallReport(target.Database, [.. unknown, .. findings]);
    }

    /// <summary>Runs statements that <see cref="CheckAsync"/> named, as the administrator, in one transaction with a ledger entry of kind <c>harden</c>.</summary>
    /// <exception cref="LockplaneException">LP101 drift, LP104, LP501 a wall does not stand afterwards, LP502 a lock, LP504 a statement failed: everything was rolled back.</exception>
    public async Task<HardenResult> BuildAsync(string administratorUrl, WallOptions walls, ImmutableArray<string> statements, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await target.OpenAdministratorAsync(administratorUrl, cancellation).ConfigureAwait(false);
        await LedgerSchema.DemandAsync(connection, cancellation).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await BeginAsync(connection, cancellation).ConfigureAwait(false);
        await ApplyLock.TakeAsync(connection, cancellation).ConfigureAwait(false);
        Ledger ledger = new(connection);
        string startedAt = await ServerClock.ReadAsync(connection, cancellation).ConfigureAwait(false);
        Ledger.Head head = await ledger.LockHeadAsync(cancellation).ConfigureAwait(false);
        Catalog before = await CatalogReader.ReadAsync(connection, transaction, options.Scope, cancellation).ConfigureAwait(false);
        LedgerRow last = await DemandHeadAsync(ledger, head, before, cancellation).ConfigureAwait(false);

        (WallScene scene, _) = await SceneAsync(connection, walls, administrator: true, cancellation).ConfigureAwait(false);
        bool admitted = await DdlGuardWall.AdmitAsync(connection, cancellation).ConfigureAwait(false);
        await RunAsync(scene, statements, cancellation).ConfigureAwait(false);
        admitted |= await DdlGuardWall.AdmitAsync(connection, cancellation).ConfigureAwait(false);
        DemandBuilt(statements, await FindAsync(scene, cancellation).ConfigureAwait(false));
        if (admitted)
        {
            await DdlGuardWall.DismissAsync(connection, [.. walls.DdlRoles, target.ApplyRole], cancellation).ConfigureAwait(false);
        }

        Catalog after = await CatalogReader.ReadAsync(connection, transaction, options.Scope, cancellation).ConfigureAwait(false);
        string hash = ManifestHash.Of(after).Text;
        string committingAt = await ServerClock.ReadAsync(connection, cancellation).ConfigureAwait(false);
        Principal administrator = Principal.Cli((await connection.ReadScalarAsync<string>("SELECT session_user::text", cancellation).ConfigureAwait(false))!);
        LedgerEntry entry = new(
            LedgerEntry.CurrentFormat, head.Seq + 1, head.Hash, EntryKind.Harden, head.DatabaseId, null, null, last.Entry.ToHash, hash,
            administrator.Name, [], administrator.Name, administrator.Door, [.. statements.Select(sql => new EntryStep("harden", sql))], null, startedAt, committingAt,
            Engine.Name, connection.ServerVersion);
        LedgerRow row = await ledger.AppendAsync(entry, key, cancellation).ConfigureAwait(false);
        await ledger.PutManifestAsync(after, before, cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        return new HardenResult(row.Seq, row.Hash, hash);
    }

    private async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellation).ConfigureAwait(false);
        await connection.RunAsync(
            cancellation, "SET LOCAL search_path = ''", "SET LOCAL row_security = off", "SET LOCAL client_min_messages = error", $"SET LOCAL lock_timeout = {options.LockMs}").ConfigureAwait(false);
        return transaction;
    }

    // Roles that do not exist are named, and nothing else is asked of them.
    private async Task<(WallScene Scene, ImmutableArray<WallFinding> Unknown)> SceneAsync(NpgsqlConnection connection, WallOptions walls, bool administrator, CancellationToken cancellation)
    {
        string[] known = await connection.ReadScalarAsync<string[]>(
            "SELECT coalesce(pg_catalog.array_agg(rolname::text), '{}') FROM pg_catalog.pg_roles WHERE rolname = ANY ($1)", cancellation, (object)walls.Roles.ToArray()).ConfigureAwait(false) ?? [];
        if (walls.Roles.Contains(target.ApplyRole, StringComparer.Ordinal))
        {
            throw new LockplaneException(
                ErrorCodes.Configuration, $"Role {target.ApplyRole} applies plans to {target.Database}: it owns what the walls are to keep from the application.",
                hint: "Let the application log in as another role, and name that one.");
        }

        IEnumerable<WallFinding> unknown = walls.Roles.Except(known, StringComparer.Ordinal).Select(role => new WallFinding("role", role, WallState.NotCheckable, "there is no such role on this server"));
        return (new WallScene(connection, walls, target.ApplyRole, administrator) { Roles = [.. walls.Roles.Where(known.Contains)] }, [.. unknown]);
    }

    private static async Task<ImmutableArray<WallFinding>> FindAsync(WallScene scene, CancellationToken cancellation)
    {
        ImmutableArray<WallFinding>.Builder findings = ImmutableArray.CreateBuilder<WallFinding>();
        foreach (Wall wall in WallList.All)
        {
            findings.AddRange(await wall.CheckAsync(scene, cancellation).ConfigureAwait(false));
        }

        return findings.DrainToImmutable();
    }

    // What an administrator's statements do is seen by what stands afterwards: on managed servers a REVOKE on pg_catalog only warns.
    private static async Task<ImmutableArray<WallFinding>> TryToBuildAsync(NpgsqlConnection connection, WallScene scene, ImmutableArray<WallFinding> findings, CancellationToken cancellation)
    {
        Dictionary<string, Wall> walls = WallList.All.ToDictionary(wall => wall.Name, StringComparer.Ordinal);
        Dictionary<int, string> failures = [];
        for (int i = 0; i < findings.Length; i++)
        {
            if (IsBuildable(findings[i]) && await scene.TryAsync(cancellation, findings[i].Statements).ConfigureAwait(false) is { } error)
            {
                failures[i] = error.MessageText;
            }
        }

        await DdlGuardWall.AdmitAsync(connection, cancellation).ConfigureAwait(false);
        ImmutableArray<WallFinding> after = await FindAsync(scene, cancellation).ConfigureAwait(false);
        return
        [
            .. findings.Select((finding, i) => IsBuildable(finding) && StillMissing(finding, after)
                ? finding with
                {
                    State = WallState.NotAvailable,
                    Detail = $"{finding.Detail}; {failures.GetValueOrDefault(i, "the statements change nothing here")}; instead: {walls[finding.Wall].Instead}",
                }
                : finding),
        ];

        bool IsBuildable(WallFinding finding) => finding.State == WallState.Missing && finding.Statements.Length > 0 && !walls[finding.Wall].LocksRelations;
    }

    private static bool StillMissing(WallFinding finding, ImmutableArray<WallFinding> after) => after.Any(
        later => later.State == WallState.Missing && later.Wall == finding.Wall && later.Role == finding.Role && later.Statements.Intersect(finding.Statements, StringComparer.Ordinal).Any());

    private static void DemandBuilt(ImmutableArray<string> statements, ImmutableArray<WallFinding> findings)
    {
        if (findings.FirstOrDefault(finding => finding.State == WallState.Missing && finding.Statements.Intersect(statements, StringComparer.Ordinal).Any()) is { } missing)
        {
            throw new LockplaneException(
                ErrorCodes.ResultDiffers, $"Wall {missing.Wall} does not stand after its statements. Everything was rolled back.", $"{missing.Role ?? "the database"}: {missing.Detail}",
                "Run `lockplane harden --check --admin-db URL`: it tells what this administrator cannot build.");
        }
    }

    private async Task<LedgerRow> DemandHeadAsync(Ledger ledger, Ledger.Head head, Catalog live, CancellationToken cancellation)
    {
        LedgerRow? last = head.Seq == 0 ? null : await ledger.FindAsync(head.Seq, cancellation).ConfigureAwait(false);
        if (last is not null && key.Fault(last.Hash, last.Signature) is { } fault)
        {
            throw new LockplaneException(ErrorCodes.LedgerBroken, $"Entry {last.Seq}, the ledger's head, {fault}.");
        }

        string hash = ManifestHash.Of(live).Text;
        return last?.Entry.ToHash == hash
            ? last
            : throw new LockplaneException(
                ErrorCodes.Drift, $"The live catalog is {hash}, and the last ledger entry says {last?.Entry.ToHash ?? "nothing"}.",
                hint: "Run `lockplane verify` to see what differs; undo it, or accept it by `lockplane baseline`.");
    }

    private static async Task RunAsync(WallScene scene, ImmutableArray<string> statements, CancellationToken cancellation)
    {
        foreach (string statement in statements)
        {
            if (await scene.TryAsync(cancellation, statement).ConfigureAwait(false) is { } error)
            {
                throw error.SqlState == PostgresErrorCodes.LockNotAvailable
                    ? new LockplaneException(ErrorCodes.LockTimeout, "A lock could not be had; everything was rolled back.", statement, "Try again when nobody uses the table.", error)
                    : new LockplaneException(ErrorCodes.StepFailed, $"A statement failed: {error.MessageText} ({error.SqlState}). Everything was rolled back.", statement, error.Hint, error);
            }
        }
    }
}
