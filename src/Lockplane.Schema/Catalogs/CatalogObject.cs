using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Catalogs;

/// <summary>One modelled object: its name, and what is true of it.</summary>
/// <param name="Id">The kind and name; no part of <paramref name="Facts"/>, so that a rename leaves the facts as they are.</param>
/// <param name="Facts">Everything else, as the record of its kind.</param>
public sealed record CatalogObject(ObjectId Id, ObjectFacts Facts);
