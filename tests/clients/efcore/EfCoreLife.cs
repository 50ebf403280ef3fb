using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;
using NpgsqlTypes;

namespace Lockplane.EfCore;

/// <summary>EF Core: rows, relations, queries that become SQL, bulk changes, transactions, and what its migrations ask.</summary>
internal static class EfCoreLife
{
    public static async Task RunAsync(string server)
    {
        DbContextOptions<Shop> options = new DbContextOptionsBuilder<Shop>()
            .UseNpgsql(server, postgres => postgres.MapEnum<OrderStatus>("order_status").EnableRetryOnFailure(2))
            .ConfigureWarnings(warnings => warnings.Ignore(CoreEventId.RowLimitingOperationWithoutOrderByWarning)).Options;
        foreach ((string name, Func<Shop, Task> live) in new (string, Func<Shop, Task>)[]
        {
            ("rows of EF Core", RowsAsync), ("queries of EF Core", QueriesAsync), ("functions of EF Core", FunctionsAsync), ("transactions of EF Core", TransactionsAsync),
            ("migrations of EF Core, by design", MigrationsAsync),
        })
        {
            await using Shop shop = new(options);
            await live(shop);
            Console.WriteLine($"{{\"case\":\"{name}\"}}");
        }
    }

    private static async Task RowsAsync(Shop shop)
    {
        Customer ann = new() { Name = "Ann", Email = "ann@efcore.example", Tags = ["a", "b"], Settings = new() { News = true }, Attributes = new() { ["a"] = "1" } };
        ann.Purchases.Add(new Purchase { Status = OrderStatus.Paid, Lines = { new Line { ProductId = 1, Quantity = 2 } } });
        shop.Customers.Add(ann);
        shop.Products.AddRange(Enumerable.Range(0, 20).Select(n => new Product { Title = $"bulk {n}", Price = n }));
        await shop.SaveChangesAsync();
        ann.Discount = 5;
        ann.Settings.News = false;
        ann.Tags.Add("c");
        await shop.SaveChangesAsync();
        await shop.Entry(ann).ReloadAsync();
        await shop.Products.Where(product => product.Title.StartsWith("bulk 1")).ExecuteDeleteAsync();
        await shop.Products.Where(product => product.Price > 100).ExecuteUpdateAsync(set => set.SetProperty(product => product.Stock, product => product.Stock + 1));
    }

    private static async Task QueriesAsync(Shop shop)
    {
        _ = await shop.Customers.Include(customer => customer.Purchases).ThenInclude(purchase => purchase.Lines).ThenInclude(line => line.Product).OrderBy(customer => customer.Name).Skip(0).Take(5).ToListAsync();
        _ = await shop.Customers.Include(customer => customer.Purchases).AsSplitQuery().ToListAsync();
        _ = await shop.Purchases.GroupBy(purchase => new { purchase.Status, purchase.PlacedAt.Month }).Select(group => new { group.Key, Count = group.Count(), Last = group.Max(purchase => purchase.PlacedAt) })
            .Where(group => group.Count > 0).OrderBy(group => group.Count).ToListAsync();
        _ = await shop.Customers.Select(customer => new { customer.Name, Last = customer.Purchases.OrderByDescending(purchase => purchase.Id).First().Note, Spent = customer.Purchases.SelectMany(purchase => purchase.Lines).Sum(line => line.Quantity * line.Product.Price) }).ToListAsync();
        int[] some = [1, 2];
        _ = await shop.Products.Where(product => some.Contains(product.Id)).Select(product => product.Title).Distinct().Union(shop.Customers.Select(customer => customer.Name)).ToListAsync();
        _ = await shop.Customers.AnyAsync(customer => customer.Tags.Contains("a") && customer.Settings.News && customer.Purchases.All(purchase => purchase.Status != OrderStatus.New));
        _ = await shop.Customers.Where(customer => customer.Tags.Count > 1 && customer.Tags[0] == "a").CountAsync();
        _ = await shop.Products.FromSql($"SELECT * FROM product WHERE price > {1m}").Where(product => product.Stock >= 0).ToListAsync();
        _ = await shop.Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM product").SingleAsync();
        await foreach (Product product in shop.Products.AsNoTracking().AsAsyncEnumerable())
        {
            _ = product.Title;
        }
    }

    private static async Task FunctionsAsync(Shop shop)
    {
        _ = await shop.Products.Where(product => product.Search.Matches(EF.Functions.WebSearchToTsQuery("english", "chair"))).OrderByDescending(product => product.Search.Rank(EF.Functions.ToTsQuery("chair"))).ToListAsync();
        _ = await shop.Products.Where(product => EF.Functions.ILike(product.Title, "%OAK%") && System.Text.RegularExpressions.Regex.IsMatch(product.Title, "^A")).ToListAsync();
        _ = await shop.Products.Select(product => new { Upper = product.Title.ToUpper(), Part = product.Title.Substring(0, 2), Rounded = Math.Round(product.Price), Words = product.Title.Split(' ', StringSplitOptions.None), Padded = product.Title.PadLeft(10), Where = product.Title.IndexOf("chair") }).ToListAsync();
        _ = await shop.Purchases.Where(purchase => purchase.PlacedAt.Date == DateTime.UtcNow.Date && purchase.PlacedAt > DateTime.UtcNow.AddDays(-7) && purchase.PlacedAt.DayOfWeek != DayOfWeek.Sunday).Select(purchase => (DateTime.UtcNow - purchase.PlacedAt).TotalDays).ToListAsync();
        _ = await shop.Products.GroupBy(product => 1).Select(group => new { Titles = string.Join(", ", group.Select(product => product.Title)), All = EF.Functions.ArrayAgg(group.Select(product => product.Id)), Spread = EF.Functions.StandardDeviationSample(group.Select(product => product.Price)) }).ToListAsync();
        _ = await shop.Customers.OrderBy(_ => EF.Functions.Random()).Select(_ => Guid.NewGuid()).Take(1).ToListAsync();
    }

    private static async Task TransactionsAsync(Shop shop) => await shop.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
    {
        await using Microsoft.EntityFrameworkCore.Storage.IDbContextTransaction transaction = await shop.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await transaction.CreateSavepointAsync("one");
        shop.Products.Add(new Product { Title = "undone", Price = 1 });
        await shop.SaveChangesAsync();
        await transaction.RollbackToSavepointAsync("one");
        await shop.Database.ExecuteSqlAsync($"SELECT id FROM job FOR UPDATE SKIP LOCKED");
        await transaction.CommitAsync();
    });

    private static async Task MigrationsAsync(Shop shop)
    {
        _ = await shop.Database.CanConnectAsync();
        _ = await shop.Database.GetAppliedMigrationsAsync();
        await NpgsqlLife.RefusedAsync("LP301", () => shop.Database.MigrateAsync());
        Microsoft.EntityFrameworkCore.Storage.IRelationalDatabaseCreator creator = shop.GetService<Microsoft.EntityFrameworkCore.Storage.IRelationalDatabaseCreator>();
        _ = await creator.HasTablesAsync();
    }
}
