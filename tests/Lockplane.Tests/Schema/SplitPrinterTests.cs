using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Kinds;

namespace Lockplane.Tests.Schema;

public sealed class SplitPrinterTests
{
    [Fact]
    public void Each_object_has_a_file_whose_name_differs_by_more_than_case()
    {
        static CatalogObject Table(string name) => new(ObjectId.Table("public", name), new TableFacts { Owner = "o" });
        Catalog catalog = new(18, Scope.All, [new CatalogObject(new ObjectId("schema", null, "public"), new SchemaFacts { Owner = "pg_database_owner" }), Table("a"), Table("A"), Table("a b"), Table("nul"), Table("../x")]);
        string[] files = [.. SplitPrinter.Files(catalog).Keys];
        Assert.Equal(
            ["lockplane.lp.sql", "public/table/%2e%2e%2fx.lp.sql", "public/table/%41.lp.sql", "public/table/%6eul.lp.sql", "public/table/a%20b.lp.sql", "public/table/a.lp.sql"],
            files.Where(file => !file.Contains("extension", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(files.Length, files.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(SplitPrinter.Files(catalog).Values, text => Assert.StartsWith(SplitPrinter.Mark + "\n", text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_no_file_can_have_is_cut_and_still_its_own()
    {
        string name = string.Concat(Enumerable.Repeat("é", 31));
        CatalogObject Cast(string to) => new(new ObjectId("cast", null, $"{name}.{name} AS {name}.{to}"), new DefinedFacts());
        string[] files = [.. SplitPrinter.Files(new Catalog(18, Scope.All, [Cast("a"), Cast("b")])).Keys.Where(file => file.StartsWith("cast/", StringComparison.Ordinal))];
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.InRange(file.Length, 200, 255));
    }
}
