using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Lockplane.Schema.Kinds;

/// <summary>Every kind of object that is modelled. This list is the only one.</summary>
internal static class ObjectKinds
{
    /// <summary>In the order in which a database is built where nothing else decides: first what tables stand on, then tables, then what stands on them.</summary>
    public static ImmutableArray<ObjectKind> All { get; } =
    [
        new SchemaKind(),
        new ExtensionKind(),
        new DefinedKind("collation"),
        new EnumKind(),
        new CompositeTypeKind(),
        new DomainKind(),
        new DomainConstraintKind(),
        new RangeTypeKind(),
        new FunctionKind("function"),
        new FunctionKind("procedure"),
        new ForeignDataWrapperKind(),
        new ServerKind(),
        new DefinedKind("language", "LANGUAGE"),
        new DefinedKind("access method"),
        new AggregateKind(),
        new OperatorKind(),
        new OperatorFamilyKind(),
        new OperatorClassKind(),
        new CastKind(),
        new TransformKind(),
        new DefinedKind("conversion"),
        new DefinedKind("text search parser"),
        new DefinedKind("text search template"),
        new DefinedKind("text search dictionary"),
        new DefinedKind("text search configuration"),
        new SequenceKind(),
        new TableKind(),
        new ConstraintKind(),
        new IndexKind(),
        new ForeignTableKind(),
        new ViewKind(),
        new MaterializedViewKind(),
        new RuleKind(),
        new TriggerKind(),
        new PolicyKind(),
        new StatisticsKind(),
        new UserMappingKind(),
        new PublicationKind(),
        new SubscriptionKind(),
        new CatalogPrivilegesKind(),
        new DatabasePrivilegesKind(),
        new DefaultPrivilegesKind(),
        new SettingsKind(),
        new EventTriggerKind(),
    ];

    private static readonly FrozenDictionary<string, ObjectKind> ByName = All.ToFrozenDictionary(kind => kind.Name, StringComparer.Ordinal);

    /// <summary>The kind of this name.</summary>
    /// <exception cref="NotSupportedException">No kind has it.</exception>
    public static ObjectKind Get(string name) =>
        ByName.GetValueOrDefault(name) ?? throw new NotSupportedException($"\"{name}\" is no kind that this version models.");

    /// <summary>Whether tables stand on it, and not it on tables, where the dependencies do not say.</summary>
    public static bool IsBeforeTables(ObjectKind kind) => All.IndexOf(kind) < All.IndexOf(All.First(k => k is TableKind));
}
