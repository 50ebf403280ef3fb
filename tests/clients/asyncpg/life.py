# An application's life by asyncpg, on the server that libpq's environment names. Its introspection of types is asyncpg's own: it runs when a type is met that is not built in.
import asyncio, io, json
import asyncpg


async def refused(code, live):
    try:
        await live
    except asyncpg.PostgresError as e:
        assert e.sqlstate == code, e
        return
    raise AssertionError(f"expected {code}, but it passed")


async def types(pool):
    async with pool.acquire() as c:
        # The first brings introspection of enums, arrays, domains, composites and ranges: asyncpg turns just-in-time compilation off for it, by current_setting and set_config.
        row = await c.fetchrow("SELECT 'new'::order_status AS s, ARRAY['paid']::order_status[] AS a, ROW('High Street', 'Oslo')::address AS home, 5::percentage AS p, daterange('2026-01-01', NULL) AS d")
        assert row["home"]["city"] == "Oslo" and row["a"] == ["paid"], row
        assert (await c.fetchval("SELECT $1::order_status", "paid")) == "paid"
        await c.set_builtin_type_codec("hstore", codec_name="pg_contrib.hstore", schema="public")
        assert await c.fetchval("SELECT 'a=>1'::hstore") == {"a": "1"}
        await c.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        await c.set_type_codec("citext", encoder=str, decoder=str, schema="public")
        assert await c.fetchval("SELECT '{\"a\": 1}'::jsonb") == {"a": 1}
        await c.reload_schema_state()
        assert await c.fetchval("SELECT 'x'::citext") == "x"


async def rows(pool):
    async with pool.acquire() as c:
        ann = await c.fetchrow("INSERT INTO customer (name, email, tags, settings) VALUES ($1, $2, $3, $4) RETURNING *", "Ann", "ann@asyncpg.example", ["a"], '{"news": true}')
        await c.execute("UPDATE customer SET home = $1 WHERE id = $2", ("High Street", "Oslo"), ann["id"])
        assert await c.fetchval("SELECT (home).city FROM customer WHERE email = $1", "ANN@asyncpg.example") == "Oslo"
        await c.executemany("INSERT INTO product (title, price) VALUES ($1, $2)", [(f"bulk {n}", n) for n in range(20)])
        await c.execute("INSERT INTO customer (name, email) VALUES ($1, $2) ON CONFLICT (email) DO UPDATE SET name = excluded.name", "Anna", "ann@asyncpg.example")
        assert len(await c.fetch("SELECT title FROM product WHERE id = ANY($1::int[])", [1, 2])) == 2
        await c.executemany("UPDATE product SET stock = $2 WHERE id = $1", [(1, 5), (2, 6)])


async def transactions(pool):
    async with pool.acquire() as c:
        for options in [{}, {"isolation": "serializable"}, {"isolation": "repeatable_read", "readonly": True}, {"isolation": "serializable", "readonly": True, "deferrable": True}]:
            async with c.transaction(**options):
                await c.fetchval("SELECT count(*) FROM product")
        async with c.transaction():
            await c.fetch("SELECT id FROM job WHERE done_at IS NULL FOR UPDATE SKIP LOCKED LIMIT 1")
            await c.fetchval("SELECT pg_advisory_xact_lock($1)", 42)
            try:
                async with c.transaction():
                    await c.execute("SELECT 1 / 0")
            except asyncpg.DivisionByZeroError:
                pass


async def cursors(pool):
    async with pool.acquire() as c, c.transaction():
        assert len([r async for r in c.cursor("SELECT n FROM generate_series(1, 120) n", prefetch=50)]) == 120
        cursor = await c.cursor("SELECT n FROM generate_series(1, 100) n")
        await cursor.fetch(3)
        await cursor.forward(5)


async def copies(pool):
    async with pool.acquire() as c:
        await c.copy_records_to_table("product", records=[("copied", 1)], columns=["title", "price"])
        await c.copy_to_table("product", source=io.BytesIO(b"csv,2\n"), columns=["title", "price"], format="csv")
        await c.copy_from_query("SELECT title FROM product WHERE price > $1", 1, output=io.BytesIO(), format="csv")
        await c.copy_from_table("product", columns=["id"], output=io.BytesIO(), format="binary")


async def listen(pool):
    async with pool.acquire() as c:
        heard = asyncio.Queue()
        await c.add_listener("shop", lambda *said: heard.put_nowait(said[3]))
        await pool.execute("SELECT pg_notify('shop', $1)", "hello")
        assert await asyncio.wait_for(heard.get(), 10) == "hello"


async def sessions(pool):
    async with pool.acquire() as c:
        await c.execute("SET TimeZone = 'Europe/Oslo'")
        await c.fetch("SELECT n FROM generate_series(1, 10) n", timeout=5)
        # What a pool sends when a connection comes back is sent here and at each release: pg_advisory_unlock_all, CLOSE ALL, UNLISTEN *, RESET ALL.
        await c.reset()


async def by_design(pool):
    await refused("LP301", pool.execute("CREATE TABLE t (id int)"))
    await refused("42501", pool.execute("SET app.tenant_id = 'globex'"))


async def main():
    async def init(c):
        await c.execute("SET statement_timeout = '20s'")

    cases = [types, rows, transactions, cursors, copies, listen, sessions, by_design]
    async with asyncpg.create_pool(min_size=1, max_size=3, init=init, server_settings={"application_name": "shop", "search_path": "public"}) as pool:
        for case in cases:
            await case(pool)
            print(json.dumps({"case": case.__name__.replace("_", " ")}), flush=True)


asyncio.run(main())
