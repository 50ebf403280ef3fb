using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Transforms, which have no name: they are called by type and language, <c>hstore LANGUAGE plperl</c>.</summary>
internal sealed class TransformKind() : DefinedKind("transform")
{
    public override string Reference(ObjectId id) => $"FOR {id.Name}";
}
