using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;

namespace Lockplane.EfCore;

internal enum OrderStatus
{
    New,
    Paid,
    Shipped,
}

internal sealed class Customer
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public string? Email { get; set; }

    public List<string> Tags { get; set; } = [];

    public Preferences Settings { get; set; } = new();

    public Dictionary<string, string>? Attributes { get; set; }

    public int Discount { get; set; }

    public DateTime CreatedAt { get; set; } = DateTime.UtcNow;

    public List<Purchase> Purchases { get; } = [];
}

internal sealed class Preferences
{
    public bool News { get; set; }
}

internal sealed class Product
{
    public int Id { get; set; }

    public required string Title { get; set; }

    public decimal Price { get; set; }

    public int Stock { get; set; }

    public NpgsqlTsVector Search { get; set; } = null!;
}

internal sealed class Purchase
{
    public long Id { get; set; }

    public int CustomerId { get; set; }

    public Customer Customer { get; set; } = null!;

    public OrderStatus Status { get; set; }

    public string? Note { get; set; }

    public DateTime PlacedAt { get; set; } = DateTime.UtcNow;

    public List<Line> Lines { get; } = [];
}

internal sealed class Line
{
    public long PurchaseId { get; set; }

    public int ProductId { get; set; }

    public Product Product { get; set; } = null!;

    public int Quantity { get; set; }
}

/// <summary>The tables of tests/clients/shop.sql.</summary>
internal sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Product> Products => Set<Product>();

    public DbSet<Purchase> Purchases => Set<Purchase>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Customer>().ToTable("customer").Property(customer => customer.Email).HasColumnType("citext");
        modelBuilder.Entity<Customer>().OwnsOne(customer => customer.Settings, settings => settings.ToJson("settings"));
        modelBuilder.Entity<Customer>().Property(customer => customer.Attributes).HasColumnType("hstore");
        modelBuilder.Entity<Customer>().Property(customer => customer.CreatedAt).HasColumnName("created_at");
        modelBuilder.Entity<Product>().ToTable("product").Property(product => product.Search).ValueGeneratedOnAddOrUpdate();
        modelBuilder.Entity<Purchase>().ToTable("purchase").Property(purchase => purchase.CustomerId).HasColumnName("customer_id");
        modelBuilder.Entity<Purchase>().Property(purchase => purchase.PlacedAt).HasColumnName("placed_at");
        modelBuilder.Entity<Line>().ToTable("purchase_line").HasKey(line => new { line.PurchaseId, line.ProductId });
        modelBuilder.Entity<Line>().Property(line => line.PurchaseId).HasColumnName("purchase_id");
        modelBuilder.Entity<Line>().Property(line => line.ProductId).HasColumnName("product_id");
        foreach (Microsoft.EntityFrameworkCore.Metadata.IMutableProperty property in modelBuilder.Model.GetEntityTypes().Where(type => !type.IsMappedToJson()).SelectMany(type => type.GetProperties()))
        {
            property.SetColumnName(property.GetColumnName().ToLowerInvariant());
        }
    }
}
