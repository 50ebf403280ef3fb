using System.Text;
using Lockplane.Cli;
using Lockplane.Control.Plans;
using Lockplane.Control.Shadows;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Tests.House;

namespace Lockplane.Tests.Cli;

/// <summary>Plans that show what the printing of plans has to show: recorded ones, and two that no planner makes in a hurry.</summary>
internal static class ShownPlanCases
{
    private const string Hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    // What ends lines, code and comments, turns text around, moves the cursor, and is HTML, a link, a mention or a heading to Markdown.
    private const string Hostile = "x`y``z\u001b[2J\u202e<img src=x onerror=alert(1)> [a](https://example.org) @everyone | # *b*\nDROP";

    public static readonly IReadOnlyDictionary<string, Func<ShownPlan>> All = new SortedDictionary<string, Func<ShownPlan>>(StringComparer.Ordinal)
    {
        ["create"] = () => Stored(Recorded("table/create")),
        ["data_lost"] = () => Stored(Recorded("column/add_and_drop")),
        ["drop"] = () => Stored(Recorded("view/drop")),
        ["empty"] = () => Stored(Nothing()),
        ["hostile"] = () => Unstored(MakeHostile()),
        ["irreversible"] = () => Stored(MakeIrreversible()),
        ["made_again"] = () => Stored(Recorded("view/rebuild")),
        ["policies"] = () => Stored(Recorded("policy/alter")),
        ["replace"] = () => Stored(Recorded("function/alter")),
        ["unreached"] = () => Unstored(Recorded("column/order")),
    };

    private static Plan Recorded(string fixture) => PlanJson.Read(Encoding.UTF8.GetBytes(Repository.Read($"tests/fixtures/{fixture}/plan.json")));

    private static Plan Nothing()
    {
        Catalog catalog = Manifest.Read(Encoding.UTF8.GetBytes(Repository.Read("tests/fixtures/view/drop/from.json")));
        return Planner.Plan(catalog, catalog, PlanOptions.Default);
    }

    private static Plan MakeHostile()
    {
        string name = $"function public.{Hostile}()";
        string body = $"CREATE OR REPLACE FUNCTION public.f()\n    RETURNS text\nAS $$\n```\n</details>\n{Hostile}\r\n-- old\n$$";
        PlanStep step = Step(1, $"alter {name}", body.Replace("old", "new", StringComparison.Ordinal)) with
        {
            Reason = Hostile,
            Locks = [new StepLock(Hostile, LockModes.Share)],
            Scans = [Hostile],
            Hazards = [new StepHazard(Hazards.BringsCode.Name, name), new StepHazard(Hostile, Hostile)],
        };
        return Make([step], [new UnreachedFact(Hostile, Hostile)], new Rollback
        {
            Reversibility = Reversibility.DataLost,
            ToHash = ManifestHash.Parse(Hash),
            Steps = [Step(1, $"alter {name}", body)],
            Loses = [Hostile, "two", "three", "four"],
        });
    }

    private static Plan MakeIrreversible() => Make(
        [
            Step(1, "drop table", "drop table public.old cascade") with
            {
                Reason = "as it was written",
                Reversibility = Reversibility.Irreversible,
                Locks = [new StepLock("public.old", LockModes.AccessExclusive), new StepLock("public.other", LockModes.ShareRowExclusive)],
                Hazards = [new StepHazard(Hazards.DropsData.Name, "table public.old"), new StepHazard(Hazards.Unknown.Name, "statement 1")],
            },
            Step(2, "update", "UPDATE public.kept SET a = 1") with { Rows = new RowBounds(1, 100), Timeouts = new StepTimeouts(250, 3_600_000) },
        ],
        [],
        new Rollback { Reversibility = Reversibility.Irreversible, ToHash = ManifestHash.Parse(Hash), Steps = [], Loses = ["rule r on table public.old, which is not modelled"] });

    private static Plan Make(IEnumerable<PlanStep> steps, IEnumerable<UnreachedFact> unreached, Rollback rollback) => PlanJson.Named(new Plan
    {
        PlanHash = ManifestHash.Parse(Hash),
        FromHash = ManifestHash.Parse(Hash),
        ToHash = ManifestHash.Parse(Hash),
        DesiredHash = ManifestHash.Parse(Hash),
        ServerMajor = 18,
        Options = PlanOptions.Default,
        Steps = [.. steps],
        Unreached = [.. unreached],
        Rollback = rollback,
    });

    private static PlanStep Step(int n, string description, string sql) => new()
    {
        N = n,
        Description = description,
        Sql = sql,
        Segment = 1,
        Transactional = true,
        Locks = [],
        Rewrites = [],
        Scans = [],
        Hazards = [],
        Timeouts = new StepTimeouts(3_000, 60_000),
        Reason = "it differs",
        Reversibility = Reversibility.Exact,
    };

    private static ShownPlan Stored(Plan plan)
    {
        string? back = plan.Rollback.Reversibility == Reversibility.Irreversible ? null : plan.Rollback.ToHash.Text;
        Assessment assessment = new(plan.PlanHash.Text, "2026-01-01T00:00:00.000000Z", "18.4", [.. plan.Steps.Select(step => new StepObservation(step.N, 1))], plan.ToHash.Text, back);
        return ShownPlan.Of(new StoredPlan(plan, "db:owner", "cli", DateTime.UnixEpoch, assessment, null, null));
    }

    private static ShownPlan Unstored(Plan plan) => new(plan, null, null, null);
}
