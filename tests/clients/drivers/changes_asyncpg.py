# asyncpg as a migrator on the server that libpq's environment names: prints what became of each schema change.
import asyncio, json
import asyncpg


async def main():
    saw = []
    c = await asyncpg.connect()

    async def run(wait):
        try:
            saw.append(await wait)
        except asyncpg.PostgresError as e:
            saw.append(e.sqlstate)

    await run(c.execute("CREATE TABLE driver (id int)"))
    await run(c.execute("ALTER TABLE driver ADD COLUMN a text"))
    await run(c.fetch("ALTER TABLE driver ADD COLUMN never text"))
    await run(c.execute("DROP TABLE driver"))
    await run(c.execute("SELECT 1; CREATE TABLE never (id int)"))
    try:
        async with c.transaction():
            await run(c.execute("CREATE TABLE never (id int)"))
    except asyncpg.PostgresError as e:
        saw.append(e.sqlstate)
    await c.close()
    print(json.dumps(saw))


asyncio.run(main())
