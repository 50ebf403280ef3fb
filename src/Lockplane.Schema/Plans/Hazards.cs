using System.Collections.Immutable;

namespace Lockplane.Schema.Plans;

/// <summary>A kind of hazard: a fact about a step that a person or a policy judges.</summary>
/// <param name="Name">Its name in a plan.</param>
/// <param name="IsDestructive">Whether something that is stored is lost.</param>
/// <param name="Meaning">What happens, in one sentence.</param>
public sealed record Hazard(string Name, bool IsDestructive, string Meaning)
{
    /// <summary>Whether a person has to approve it: what destroys something does.</summary>
    public bool NeedsApproval { get; init; } = IsDestructive;
}

/// <summary>Every hazard that is known. This list is the only one.</summary>
public static class Hazards
{
    /// <summary>Data is destroyed.</summary>
    public static readonly Hazard DropsData = new("drops_data", true, "Data that is stored is destroyed.");

    /// <summary>Values can be cut or refused.</summary>
    public static readonly Hazard ConvertsData = new("converts_data", true, "Stored values are converted to another type; what the conversion cuts does not come back.");

    /// <summary>Data is changed by rows.</summary>
    public static readonly Hazard ChangesData = new("changes_data", true, "Stored rows are changed.");

    /// <summary>Something that is not modelled goes away.</summary>
    public static readonly Hazard DropsUnmodelled = new("drops_unmodelled", true, "Something that is not modelled goes away and cannot be made again by the rollback.");

    /// <summary>The files of a relation are written anew.</summary>
    public static readonly Hazard RewritesTable = new("rewrites_table", false, "The table and its indexes are written anew while nobody can use it.");

    /// <summary>All rows are read.</summary>
    public static readonly Hazard ScansTable = new("scans_table", false, "All rows of the table are read while the lock is held.");

    /// <summary>Writes wait.</summary>
    public static readonly Hazard BlocksWrites = new("blocks_writes", false, "Writes to the table wait until the transaction ends.");

    /// <summary>Reads wait too.</summary>
    public static readonly Hazard BlocksReads = new("blocks_reads", false, "Reads of the table wait until the transaction ends.");

    /// <summary>Programs that use the old shape fail.</summary>
    public static readonly Hazard BreaksClients = new("breaks_clients", false, "Programs that use what was there before can fail.");

    /// <summary>Stored rows can make it fail.</summary>
    public static readonly Hazard CanFail = new("can_fail_on_data", false, "The step fails when stored rows do not fit.");

    /// <summary>Roles lose rights.</summary>
    public static readonly Hazard TakesAccess = new("takes_access", false, "Roles can no longer do what they could; programs that use such a role can fail.");

    /// <summary>A protection goes away.</summary>
    public static readonly Hazard Weakens = new("drops_protection", false, "A rule that kept wrong data out goes away.");

    /// <summary>Who may see or change which rows is decided anew.</summary>
    public static readonly Hazard ChangesAccess = new("changes_access", false, "Other roles or tenants can see or change what they could not before.") { NeedsApproval = true };

    /// <summary>Code comes in.</summary>
    public static readonly Hazard BringsCode = new("brings_code", false, "Code comes in that later runs with the rights of its caller or owner, and may do anything they may.") { NeedsApproval = true };

    /// <summary>A function runs while the plan is applied.</summary>
    public static readonly Hazard CallsFunctions = new("calls_functions", false, "A function that is not known to be harmless can run while the plan is applied, with the rights of the role that applies.") { NeedsApproval = true };

    /// <summary>What it does is not known in detail.</summary>
    public static readonly Hazard Unknown = new("not_analysed", false, "The statement is run as it was written; its locks were not worked out.");

    /// <summary>All of them.</summary>
    public static ImmutableArray<Hazard> All { get; } =
    [
        DropsData, ConvertsData, ChangesData, DropsUnmodelled, RewritesTable, ScansTable, BlocksWrites, BlocksReads, BreaksClients, TakesAccess, CanFail, Weakens, ChangesAccess, BringsCode, CallsFunctions, Unknown,
    ];

    /// <summary>Whether the hazard of this name destroys something; a name that is not known does.</summary>
    public static bool IsDestructive(string name) => All.FirstOrDefault(hazard => hazard.Name == name)?.IsDestructive ?? true;

    /// <summary>Whether the hazard of this name needs an approval; a name that is not known does.</summary>
    public static bool NeedsApproval(string name) => All.FirstOrDefault(hazard => hazard.Name == name)?.NeedsApproval ?? true;
}
