# asyncpg on the server that libpq's environment names. Prints one JSON line for each case; LARGE_BYTES is the size of the large values, 0 for none.
import asyncio, hashlib, io, json, os
import asyncpg

large = int(os.environ.get("LARGE_BYTES", "0"))


async def connect():
    return await asyncpg.connect(ssl=False)


async def failure(awaitable):
    try:
        return await awaitable
    except asyncpg.PostgresError as e:
        return [e.sqlstate, str(e)]


async def simple(c):
    return [await c.execute("SELECT 1; SELECT 2"), await c.fetch(""), await failure(c.execute("SELEC")), await failure(c.execute("SELECT 1; SELECT 1 / 0; SELECT 2"))]


async def extended(c):
    row = await c.fetchrow("SELECT $1::int, $2::text, $3::bytea, $4::int[], $5::float8, $6::jsonb, $7::timestamptz IS NULL, $8::numeric",
                           1, "text é", b"\x00\xff", [1, 2, None], 1.5, '{"a": 1}', None, 12)
    return [repr(tuple(row)), await failure(c.fetch("SELECT 1 / $1::int", 0)), repr(tuple(await c.fetchrow("SELECT (1, 'x'::text)::record")))]


async def prepared(c):
    statement = await c.prepare("SELECT $1::int + 1 AS n, $2::text AS t")
    seen = [tuple(await statement.fetchrow(n, str(n))) for n in range(4)]
    return [seen, [p.type.name for p in statement.get_attributes()], [p.name for p in statement.get_parameters()], statement.get_statusmsg(), await failure(c.prepare("SELECT nothing"))]


async def pipeline(c):
    # executemany sends Bind and Execute in batches, one Sync at the end.
    await c.executemany("INSERT INTO smoke VALUES ($1, $2)", [(n, f"row {n}") for n in range(500, 1500)])
    return await c.fetchval("SELECT count(*) FROM smoke WHERE id BETWEEN 500 AND 1499")


async def pipeline_error(c):
    seen = await failure(c.executemany("INSERT INTO smoke VALUES ($1, $2)", [(5000, "a"), (5001, "b"), (5000, "again"), (5002, "c")]))
    return [seen, await c.fetchval("SELECT count(*) FROM smoke WHERE id >= 5000")]


async def copy_in(c):
    records = [(n, f"row {n}", None) for n in range(2000, 3000)]
    binary = await c.copy_records_to_table("smoke", records=records)
    text = await c.copy_to_table("smoke", source=io.BytesIO(b"3001,one\n3002,two\n"), columns=["id", "body"], format="csv")
    broken = await failure(c.copy_to_table("smoke", source=io.BytesIO(b"x,one\n"), columns=["id", "body"], format="csv"))
    return [binary, text, broken, await c.fetchval("SELECT count(*) FROM smoke WHERE id BETWEEN 2000 AND 3002")]


async def copy_out(c):
    into = io.BytesIO()
    said = await c.copy_from_query("SELECT n, 'row ' || n FROM generate_series(1, $1::int) n", 1000, output=into, format="csv")
    binary = io.BytesIO()
    await c.copy_from_table("smoke", columns=["id"], output=binary, format="binary")
    return [said, hashlib.sha256(into.getvalue()).hexdigest(), len(binary.getvalue())]


async def copy_fail(c):
    async def source():
        yield b"4000,never\n"
        raise ValueError("the client gives up")

    try:
        await c.copy_to_table("smoke", source=source(), columns=["id", "body"], format="csv")
        said = "no error"
    except ValueError as e:
        said = str(e)
    return [said, await c.fetchval("SELECT count(*) FROM smoke WHERE id = 4000")]


async def notify(c):
    seen, done = [], asyncio.Event()

    def heard(_, __, channel, payload):
        seen.append([channel, payload])
        if len(seen) == 2:
            done.set()

    await c.add_listener("smoke", heard)
    other = await connect()
    await other.execute("NOTIFY smoke, 'from another'")
    await other.fetchval("SELECT pg_notify('smoke', $1)", "computed")
    await other.close()
    await asyncio.wait_for(done.wait(), 20)
    await c.remove_listener("smoke", heard)
    return seen


async def cancel(c):
    try:
        await c.fetchval("SELECT pg_sleep(30)", timeout=0.5)
        said = "no error"
    except asyncio.TimeoutError:
        said = "timeout"
    return [said, await c.fetchval("SELECT 2")]


async def large_objects(c):
    oid = await c.fetchval("SELECT lo_from_bytea(0, $1)", bytes(range(256)) * 64)
    await c.fetchval("SELECT lo_put($1::oid, 3, $2)", oid, b"written")
    got = await c.fetchval("SELECT lo_get($1::oid)", oid)
    async with c.transaction():
        handle = await c.fetchval("SELECT lo_open($1::oid, 393216)", oid)
        read = await c.fetchval("SELECT loread($1, 12)", handle)
        wrote = await c.fetchval("SELECT lowrite($1, $2)", handle, b"more")
        await c.fetchval("SELECT lo_close($1)", handle)
    return [len(got), hashlib.sha256(got).hexdigest(), read.hex(), wrote, await c.fetchval("SELECT lo_unlink($1::oid)", oid)]


async def notices(c):
    seen = []
    c.add_log_listener(lambda _, m: seen.append([m.severity, m.sqlstate, m.message]))
    await c.execute("ROLLBACK")
    await c.fetchval("SELECT smoke_notice($1)", "two")
    await asyncio.sleep(0)
    return seen


async def cursors(c):
    async with c.transaction():
        cursor = await c.cursor("SELECT n FROM generate_series(1, 100) n")
        first = [r["n"] for r in await cursor.fetch(3)]
        skipped = await cursor.forward(10)
        walked = [r["n"] async for r in c.cursor("SELECT n FROM generate_series(1, 120) n", prefetch=50)]
        return [first, skipped, (await cursor.fetchrow())["n"], len(walked)]


async def transactions(c):
    async with c.transaction():
        await c.execute("INSERT INTO smoke VALUES (7001, 'kept')")
        try:
            async with c.transaction():
                await c.execute("INSERT INTO smoke VALUES (7002, 'undone')")
                await c.execute("SELECT 1 / 0")
        except asyncpg.PostgresError as e:
            inner = e.sqlstate
    return [inner, [r["id"] for r in await c.fetch("SELECT id FROM smoke WHERE id IN (7001, 7002)")]]


async def status(c):
    settings = c.get_settings()
    return [settings.server_version, settings.client_encoding, settings.TimeZone, repr(c.get_server_version())]


async def reset(c):
    await c.execute("SET TimeZone = 'Asia/Tokyo'")
    await c.reset()
    return await c.fetchval("SHOW TimeZone")


async def large_bind(c):
    return await c.fetchval("SELECT length($1::bytea)", b"x" * large)


async def large_copy(c):
    async def source():
        yield b"8000,"
        for _ in range(16):
            yield b"y" * (large // 16)
        yield b"\n"

    await c.copy_to_table("smoke", source=source(), columns=["id", "body"], format="csv")
    stored = await c.fetchval("SELECT length(body) FROM smoke WHERE id = 8000")
    read = 0

    async def count(part):
        nonlocal read
        read += len(part)

    await c.copy_from_query("SELECT body FROM smoke WHERE id = 8000", output=count)
    await c.execute("DELETE FROM smoke WHERE id = 8000")
    return [stored, read]


async def large_result(c):
    value = await c.fetchval("SELECT repeat('z', $1)", large)
    return [len(value), value.count("z")]


async def main():
    c = await connect()
    await c.execute("DELETE FROM smoke")
    await c.close()
    for name in ["simple", "extended", "prepared", "pipeline", "pipeline_error", "copy_in", "copy_out", "copy_fail", "notify", "cancel", "large_objects", "notices", "cursors",
                 "transactions", "status", "reset"] + (["large_bind", "large_copy", "large_result"] if large else []):
        c = await connect()
        print(json.dumps({"case": name, "saw": await globals()[name](c)}, default=str, sort_keys=True), flush=True)
        await c.close()


asyncio.run(main())
