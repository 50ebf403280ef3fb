using System.Globalization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

internal sealed class StatisticsKind : ObjectKind<StatisticsFacts>
{
    public override string Name => "statistics";

    protected override IEnumerable<string> Create(ObjectId id, StatisticsFacts facts) =>
        [$"CREATE STATISTICS {id.QualifiedName} {facts.Definition}", .. facts.Target is null ? Array.Empty<string>() : [Target(id, facts)]];

    protected override IEnumerable<string>? Alter(ObjectId id, StatisticsFacts old, StatisticsFacts made) => old.Definition == made.Definition ? [Target(id, made)] : null;

    private static string Target(ObjectId id, StatisticsFacts facts) =>
        string.Create(CultureInfo.InvariantCulture, $"ALTER STATISTICS {id.QualifiedName} SET STATISTICS {facts.Target ?? -1}");
}
