using System.Globalization;
using Lockplane.Control.Plans;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Cli;

/// <summary>A catalog as a person names it: a database, a file, a folder, a manifest, or an entry of the ledger.</summary>
internal static class CatalogReference
{
    private const string Entry = "ledger:";

    /// <summary>What is named, with schema files as they are.</summary>
    /// <param name="database">The database that the verb works on: it has the ledger.</param>
    /// <param name="reference">As it was written.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="UsageException">It names nothing.</exception>
    public static async Task<GivenSchema> GiveAsync(OpenDatabase database, string reference, CancellationToken cancellation) =>
        await FindAsync(database, reference, cancellation) is { } catalog ? new GivenSchema(catalog, []) : (await SchemaSource.ReadAsync(reference, cancellation)).Given;

    /// <summary>Whether it names a file or a folder, and nothing that a database has.</summary>
    public static bool IsOnDisk(LockplaneConfiguration configuration, string reference) =>
        !reference.StartsWith(Entry, StringComparison.Ordinal) && !Hosting.Corridor.IsUrl(reference) && !configuration.Databases.ContainsKey(reference);

    // The catalog of a database or of an entry; null when it is named otherwise, as a file is.
    private static async Task<Catalog?> FindAsync(OpenDatabase database, string reference, CancellationToken cancellation)
    {
        if (reference.StartsWith(Entry, StringComparison.Ordinal))
        {
            return long.TryParse(reference[Entry.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long seq)
                ? await database.Control.InspectAsync(seq, cancellation)
                : throw new UsageException($"{reference} names no entry.", "Write ledger:3 for entry 3.");
        }

        if (Hosting.Corridor.IsUrl(reference) || database.Configuration.Databases.ContainsKey(reference))
        {
            await using Corridor other = database.Open(reference);
            return await other.ControlPlane.InspectAsync(cancellation);
        }

        return null;
    }
}
