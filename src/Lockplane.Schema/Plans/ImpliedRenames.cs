using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;

namespace Lockplane.Schema.Plans;

/// <summary>Keys, indexes and sequences that are named after a table or column as Postgres names them by itself: they get the name that goes with its new one.</summary>
/// <remarks>Without this the key of a renamed table would be built again, and the sequence of a <c>serial</c> column would lose its position.</remarks>
public static class ImpliedRenames
{
    /// <summary>What follows from renames.</summary>
    /// <param name="renamed">The catalog after them.</param>
    /// <param name="desired">The catalog that is wanted.</param>
    /// <param name="renames">The renames that files state.</param>
    public static ImmutableArray<Rename> Of(Catalog renamed, Catalog desired, IEnumerable<Rename> renames)
    {
        List<Rename> implied = [];
        ILookup<ObjectId, Rename> byTable = renames.Where(rename => rename.To.Kind is "table" or "column").ToLookup(rename => ObjectId.Table(rename.To.Schema!, rename.To.Name));
        foreach (IGrouping<ObjectId, Rename> table in byTable)
        {
            IEnumerable<CatalogObject> named = renamed.PartsOf(table.Key).Select(id => renamed.Find(id)!)
                .Concat(renamed.Objects.Where(o => o.Facts is SequenceFacts { OwnedByTable: { } owner } && o.Id.Schema == table.Key.Schema && owner == table.Key.Name));
            foreach (CatalogObject item in named.Where(item => !desired.Contains(item.Id)))
            {
                ObjectId made = item.Id.Part is null
                    ? item.Id with { Name = NameAfter(item.Id.Name, table) } : item.Id with { Part = NameAfter(item.Id.Part, table) };
                if (made != item.Id && !renamed.Contains(made) && desired.Find(made)?.Facts is { } facts && (facts is SequenceFacts || facts.Own().Equals(item.Facts.Own())))
                {
                    implied.Add(new Rename(item.Id, made) { Place = table.First().Place });
                }
            }
        }

        return [.. implied];
    }

    // <table>_<column>_key, and so on: Spec: CREATE TABLE.
    private static string NameAfter(string name, IEnumerable<Rename> renames)
    {
        foreach (Rename rename in renames)
        {
            if (rename.To.Part is null)
            {
                name = name.StartsWith(rename.From.Name + "_", StringComparison.Ordinal) ? rename.To.Name + name[rename.From.Name.Length..] : name;
            }
            else
            {
                name = name.Replace($"_{rename.From.Part}_", $"_{rename.To.Part}_", StringComparison.Ordinal);
            }
        }

        return name;
    }
}
