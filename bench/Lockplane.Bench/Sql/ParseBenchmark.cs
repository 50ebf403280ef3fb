using System.Text;
using BenchmarkDotNet.Attributes;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Bench.Sql;

/// <summary>What a statement costs that the gate has not seen before: the parse alone, on the calling thread; with its facts; and by way of the parser's threads, as the gate does it.</summary>
[MemoryDiagnoser]
public class ParseBenchmark : IDisposable
{
    private const string PointSelect = "SELECT abalance FROM pgbench_accounts WHERE aid = 1234;";

    private const string OrmJoin = """
        SELECT "o"."Id", "o"."CreatedAt", "o"."Status", "o"."Total", "c"."Id" AS "CustomerId", "c"."Name" AS "CustomerName", "c"."Email", "a"."City", "a"."Country", "i"."Id" AS "ItemId",
        "i"."Quantity", "i"."Price", "p"."Id" AS "ProductId", "p"."Name" AS "ProductName" FROM "Orders" AS "o" INNER JOIN "Customers" AS "c" ON "o"."CustomerId" = "c"."Id" LEFT JOIN
        "Addresses" AS "a" ON "c"."AddressId" = "a"."Id" LEFT JOIN "OrderItems" AS "i" ON "o"."Id" = "i"."OrderId" LEFT JOIN "Products" AS "p" ON "i"."ProductId" = "p"."Id" WHERE
        "o"."TenantId" = $1 AND "o"."Status" IN ($2, $3, $4) AND ("o"."CreatedAt" >= $5 AND "o"."CreatedAt" < $6) AND ("c"."Name" LIKE $7 OR "c"."Email" LIKE $8) AND "o"."DeletedAt" IS
        NULL AND EXISTS (SELECT 1 FROM "Payments" AS "y" WHERE "y"."OrderId" = "o"."Id" AND "y"."Amount" > $11) ORDER BY "o"."CreatedAt" DESC, "o"."Id", "i"."Id" LIMIT $9 OFFSET $10
        """;

    private const string CreateTable = """
        CREATE TABLE public.customer_orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL, customer_id bigint NOT NULL REFERENCES public.customers (id),
        number text NOT NULL, status text NOT NULL DEFAULT 'new', currency character(3) NOT NULL DEFAULT 'EUR', total numeric(12,2) NOT NULL DEFAULT 0, tax numeric(12,2) NOT NULL DEFAULT 0,
        discount numeric(12,2), note text, shipping_address_id bigint, billing_address_id bigint, ordered_at timestamp with time zone NOT NULL DEFAULT now(), paid_at timestamp with time
        zone, shipped_at timestamp with time zone, created_at timestamp with time zone NOT NULL DEFAULT now(), updated_at timestamp with time zone NOT NULL DEFAULT now(), version integer
        NOT NULL DEFAULT 1, tags text[] NOT NULL DEFAULT '{}', details jsonb, UNIQUE (tenant_id, number), CHECK (total >= 0 AND discount >= 0))
        """;

    private readonly PgQueryParser _parser = new(new PgQueryOptions { MaxInstances = 1 });
    private PgQueryModule? _module;
    private PgQueryInstance? _instance;
    private StatementReader? _reader;
    private byte[] _text = [];

    /// <summary>Which of the three.</summary>
    [Params("point select", "ORM join", "CREATE TABLE")]
    public string Statement { get; set; } = "";

    [GlobalSetup]
    public void Load()
    {
        _text = Encoding.UTF8.GetBytes(Statement switch { "point select" => PointSelect, "ORM join" => OrmJoin, _ => CreateTable });
        Console.WriteLine($"// {Statement}: {_text.Length} bytes");
        _module = PgQueryModule.Load(new PgQueryOptions());
        _instance = _module.NewInstance();
        _reader = new StatementReader(_parser);
        _parser.Load();
        if (!_instance.Parse(_text, static json => json.Length).Succeeded)
        {
            throw new InvalidOperationException("The statement does not parse.");
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _instance?.Dispose();
        _module?.Dispose();
        _parser.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true, Description = "parse")]
    public int Parse() => _instance!.Parse(_text, static json => json.Length).Value;

    [Benchmark(Description = "parse and facts")]
    public int ParseAndRead() => _instance!.Parse(_text, json => TreeWalker.Read(json, _text.Length)).Value.Length;

    [Benchmark(Description = "parse and facts on the parser's thread")]
    public int ReadOnParserThread() => _reader!.Read(_text).Value.Length;
}
