using System.Text;

namespace Lockplane.Bench.Sql;

/// <summary>Texts as applications send them, of the lengths that the benchmarks of the lexer and the gate name.</summary>
internal static class SqlTexts
{
    public const string PointSelect = "point select, 55 B";
    public const string OrmJoin = "ORM join, 1 KB";
    public const string Script = "report, 100 KB";
    public const string Inserts = "INSERT of values, 100 KB";

    private const string Join = """
        SELECT "o"."Id", "o"."CreatedAt", "o"."Status", "o"."Total", "c"."Id" AS "CustomerId", "c"."Name" AS "CustomerName", "c"."Email", "a"."City", "a"."Country", "i"."Id" AS "ItemId",
        "i"."Quantity", "i"."Price", "p"."Id" AS "ProductId", "p"."Name" AS "ProductName" FROM "Orders" AS "o" INNER JOIN "Customers" AS "c" ON "o"."CustomerId" = "c"."Id" LEFT JOIN
        "Addresses" AS "a" ON "c"."AddressId" = "a"."Id" LEFT JOIN "OrderItems" AS "i" ON "o"."Id" = "i"."OrderId" LEFT JOIN "Products" AS "p" ON "i"."ProductId" = "p"."Id" WHERE
        "o"."TenantId" = $1 AND "o"."Status" IN ($2, $3, $4) AND ("o"."CreatedAt" >= $5 AND "o"."CreatedAt" < $6) AND ("c"."Name" LIKE $7 OR "c"."Email" LIKE $8) AND "o"."DeletedAt" IS
        NULL AND EXISTS (SELECT 1 FROM "Payments" AS "y" WHERE "y"."OrderId" = "o"."Id" AND "y"."Amount" > 1000 AND "y"."Kind" <> 'refund') AND "o"."Total" BETWEEN 10.00 AND 5000.00 AND
        "o"."Currency" = 'EUR' ORDER BY "o"."CreatedAt" DESC, "o"."Id", "i"."Id" LIMIT $9 OFFSET $10
        """;

    private const string Part = """
        SELECT orders.customer_id, customers.display_name, date_trunc('month', orders.created_at) AS month, count(*) AS number_of_orders, sum(order_items.quantity * order_items.unit_price) AS revenue
        FROM orders INNER JOIN customers ON customers.id = orders.customer_id LEFT JOIN order_items ON order_items.order_id = orders.id
        WHERE orders.status IN ('paid', 'shipped') AND orders.created_at >= '2026-01-01' AND orders.total > 100 AND customers.deleted_at IS NULL
        GROUP BY orders.customer_id, customers.display_name, date_trunc('month', orders.created_at)
        """;

    public static byte[] Of(string name) => Encoding.UTF8.GetBytes(name switch
    {
        PointSelect => "SELECT abalance FROM pgbench_accounts WHERE aid = 1234;",
        OrmJoin => Join,
        Script => string.Join("\nUNION ALL\n", Enumerable.Repeat(Part, (100_000 / (Part.Length + 11)) + 1)),
        Inserts => "INSERT INTO measurements (sensor, taken_at, value, note) VALUES " + string.Join(", ", Enumerable.Range(1, 1_750).Select(n => $"({n}, '2026-11-26 12:00:{n % 60:00}', {n}.25, 'sensor {n}')")),
        _ => throw new ArgumentException("No such text: " + name, nameof(name)),
    });
}
