using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Catalogs;

/// <summary>One modelled object: its name, and what is true of it.</summary>
/// <param name="Id">The kind and name; no part of <paramref name="Facts"/>, so that a rename leaves the facts as they are.</param>
/// <param name="Facts">Everything else, as the record of its kind.</param>
public sealed record CatalogObject(ObjectId Id, ObjectFacts Facts)
{
    // Of the facts that it was computed of, since a copy may have others.
    private (ObjectFacts Facts, ManifestHash Hash)? _hashed;

    /// <summary>The hash of the facts if it was asked for before.</summary>
    internal ManifestHash? KnownHash
    {
        get => _hashed is { } known && ReferenceEquals(known.Facts, Facts) ? known.Hash : null;
        set => _hashed = value is null ? null : (Facts, value);
    }

    /// <inheritdoc/>
    public bool Equals(CatalogObject? other) => other is not null && Id.Equals(other.Id) && Facts.Equals(other.Facts);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();
}
