using Lockplane.Control.Introspection;
using Lockplane.Gateway;

namespace Lockplane.Hosting;

/// <summary>What the control plane read, as the gateway takes it: the planes do not know each other's types.</summary>
internal static class CatalogFactsMapping
{
    public static CatalogFacts Map(FunctionCatalog catalog) => new(
        catalog.Functions.Select(Map),
        catalog.Operators.Select(op => new CatalogOperator(new(op.Schema, op.Name), new(op.FunctionSchema, op.Function))),
        catalog.Casts.Select(cast => new CatalogCast(new(cast.Schema, cast.Name), new(cast.FunctionSchema, cast.Function))),
        catalog.BuiltIn, catalog.Fields)
    {
        SettingsViews = [.. catalog.SettingsViews.Select(view => new CatalogName(view.Schema, view.Name))],
    };

    private static CatalogFunction Map(FunctionEntry entry) => new()
    {
        Name = new(entry.Schema, entry.Name),
        Kind = entry.Kind switch
        {
            'p' => CatalogFunctionKind.Procedure,
            'a' => CatalogFunctionKind.Aggregate,
            'w' => CatalogFunctionKind.Window,
            _ => CatalogFunctionKind.Function,
        },
        Language = entry.Language,
        IsSecurityDefiner = entry.IsSecurityDefiner,
        Settings = entry.Settings,
        Extension = entry.Extension,
        Definition = entry.Definition,
        Source = entry.Source,
        IsTrigger = entry.IsTrigger,
        TakesOne = entry.TakesOne,
        TakesRow = entry.TakesRow,
        Parts = [.. entry.Parts.Select(part => new CatalogName(part.Schema, part.Name))],
    };
}
