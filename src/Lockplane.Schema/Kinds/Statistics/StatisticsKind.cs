using System.Globalization;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class StatisticsKind : ObjectKind<StatisticsFacts>
{
    public override string Name => "statistics";

    protected override IEnumerable<string> Create(ObjectId id, StatisticsFacts facts) =>
        [$"CREATE STATISTICS {id.QualifiedName} {facts.Definition}", .. facts.Target is null ? Array.Empty<string>() : [Target(id, facts)]];

    protected override IEnumerable<string>? Alter(ObjectId id, StatisticsFacts old, StatisticsFacts made) => old.Definition == made.Definition ? [Target(id, made)] : null;

    // Which of the two has it depends on how it was made: on columns or on expressions of them.
    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, StatisticsFacts? old, StatisticsFacts? made) => draft.Sql.StartsWith("CREATE ", StringComparison.Ordinal)
        ? made!.DependsOn.Where(needed => needed.Kind is "table" or "column").Select(needed => ObjectId.Table(needed.Schema!, needed.Name)).Distinct().Aggregate(draft, (step, table) => step.Locking(table, LockModes.ShareUpdateExclusive)) : draft;

    private static string Target(ObjectId id, StatisticsFacts facts) =>
        string.Create(CultureInfo.InvariantCulture, $"ALTER STATISTICS {id.QualifiedName} SET STATISTICS {facts.Target ?? -1}");
}
