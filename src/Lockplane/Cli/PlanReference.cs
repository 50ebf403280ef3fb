using System.CommandLine;
using Lockplane.Control.Plans;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>The argument P: a plan's file, or the hash of a stored plan.</summary>
internal static class PlanReference
{
    public static Argument<string> MakeArgument() => new("plan") { Description = "A plan's file, or a stored plan's hash (12 digits of it or more)." };

    /// <summary>The stored plan; a file's is validated and stored when it is not yet.</summary>
    public static async Task<StoredPlan> ResolveAsync(OpenDatabase database, string reference, CancellationToken cancellation) =>
        File.Exists(reference)
            ? await database.Control.ImportAsync(await ReadAsync(reference, cancellation), database.Me, cancellation)
            : await database.Control.GetPlanAsync(reference, cancellation);

    /// <summary>The plan of a file.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static async Task<Plan> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return PlanJson.Read(await File.ReadAllBytesAsync(path, cancellation));
        }
        catch (FormatException e)
        {
            throw new UsageException($"{path}: {e.Message}", "A plan's file is what `lockplane plan --out` writes; SQL goes to `lockplane plan --sql`.");
        }
    }
}
