// An application's life by Npgsql and EF Core, on the server that libpq's environment names. Prints a line of JSON for each case.
using Lockplane.EfCore;
using Npgsql;

NpgsqlConnectionStringBuilder server = new()
{
    Host = Environment.GetEnvironmentVariable("PGHOST"), Port = int.Parse(Environment.GetEnvironmentVariable("PGPORT")!, System.Globalization.CultureInfo.InvariantCulture),
    Username = Environment.GetEnvironmentVariable("PGUSER"), Password = Environment.GetEnvironmentVariable("PGPASSWORD"), Database = Environment.GetEnvironmentVariable("PGDATABASE"),
    SslMode = SslMode.Disable, MaxPoolSize = 3, ApplicationName = "shop", SearchPath = "public", Timezone = "UTC", Options = "-c statement_timeout=20000",
};

await using NpgsqlDataSource driver = new NpgsqlDataSourceBuilder(server.ConnectionString).MapEnum<OrderStatus>("order_status").MapComposite<Address>("address").Build();
await NpgsqlLife.RunAsync(driver);
await EfCoreLife.RunAsync(server.ConnectionString);
