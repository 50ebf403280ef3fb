using Lockplane.Control.Ledgers;
using Lockplane.Control.Shadows;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Plans;

/// <summary>Makes the plan that undoes a ledger entry: the catalog that it started from, and the rows that it kept.</summary>
internal sealed class Undoing(NpgsqlConnection connection, ShadowValidation shadows, PlanOptions options)
{
    /// <summary>The plan.</summary>
    /// <param name="row">The entry.</param>
    /// <param name="from">The live catalog.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="LockplaneException">LP101 when the entry is the last one and the catalog is not what it led to; LP102 when there is nothing to undo, or later entries are in the way; LP103 when what it changed is not modelled.</exception>
    internal async Task<Plan> PlanAsync(LedgerRow row, Catalog from, CancellationToken cancellation)
    {
        if (row.Entry.Kind is EntryKind.Baseline or EntryKind.Harden || row.Entry.FromHash is null)
        {
            string what = row.Entry.Kind == EntryKind.Harden ? "built walls, which no plan takes down" : "is a baseline: it changed nothing that could be undone";
            throw new LockplaneException(ErrorCodes.StaleBase, $"Entry {row.Seq} {what}.", hint: "Give the number of an entry of kind apply or rollback.");
        }

        if (ManifestHash.Of(from).Text != row.Entry.ToHash)
        {
            if ((await new Ledger(connection).ReadHeadAsync(cancellation).ConfigureAwait(false)).Seq == row.Seq)
            {
                throw Ledger.Drifted(ManifestHash.Of(from), row);
            }

            throw new LockplaneException(ErrorCodes.StaleBase, $"Entry {row.Seq} is not what the live catalog is at.", hint: "Roll back the entries after it first, the last one first.");
        }

        Catalog desired = await new Ledger(connection).ReadManifestAsync(ManifestHash.Parse(row.Entry.FromHash), cancellation).ConfigureAwait(false);
        CatalogComparison left = CatalogComparison.Of(desired, desired.WithUnmodelledOf(from));
        if (!left.IsEmpty)
        {
            throw new LockplaneException(
                ErrorCodes.Unreadable, $"Entry {row.Seq} changed what is not modelled, which cannot be undone by a plan made here.", string.Join('\n', left.Lines().Take(20)), "Undo it by `lockplane plan --sql`.");
        }

        StoredPlan? undone = row.Entry.PlanHash is { } hash ? await new PlanStore(connection).FindAsync(ManifestHash.Parse(hash), cancellation).ConfigureAwait(false) : null;
        Renaming renaming = await shadows.TakeBackAsync(connection, from, undone?.Plan.Renames ?? default, cancellation).ConfigureAwait(false);
        Catalog? back = await shadows.FindReturnedAsync(connection, renaming, desired, cancellation).ConfigureAwait(false);
        Plan plan = undone is null ? Planner.Plan(from, desired, options) : Planner.PlanUndoing(renaming, desired, undone.Plan, row.Seq, options, back);
        if (plan.Steps.IsEmpty && undone is not null && undone.Plan.Steps.Any(step => step.Rows is not null))
        {
            throw new LockplaneException(
                ErrorCodes.StaleBase, $"Entry {row.Seq} changed rows and kept none of them: there is nothing to restore them from.", hint: "Write the rows that are wanted by `lockplane plan --sql`; with --keep-rows, that can be undone.");
        }

        return plan;
    }
}
