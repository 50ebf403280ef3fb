using System.Collections.Immutable;

namespace Lockplane.Schema.Kinds;

/// <summary>Every kind of object that is modelled. This list is the only one.</summary>
internal static class ObjectKinds
{
    /// <summary>In the order in which a database is built.</summary>
    public static ImmutableArray<ObjectKind> All { get; } =
    [
        new SchemaKind(),
        new SequenceKind(),
        new TableKind(),
        new ConstraintKind(),
        new IndexKind(),
    ];

    /// <summary>The kind of this name.</summary>
    /// <exception cref="NotSupportedException">No kind has it.</exception>
    public static ObjectKind Get(string name) =>
        All.FirstOrDefault(kind => kind.Name == name) ?? throw new NotSupportedException($"\"{name}\" is no kind that this version models.");
}
