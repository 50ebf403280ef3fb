using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Casts, which have no name: they are called by their types, <c>integer AS text</c>.</summary>
internal sealed class CastKind() : DefinedKind("cast")
{
    public override string Reference(ObjectId id) => $"({id.Name})";
}
