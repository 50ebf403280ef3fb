// postgres.js on the server that libpq's environment names. Prints one JSON line for each case; LARGE_BYTES is the size of the large values, 0 for none.
import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

const large = Number(process.env.LARGE_BYTES ?? 0);
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const failure = (promise) => Promise.resolve(promise).then((r) => [...r], (e) => [e.code, e.message]);
const open = (options = {}) => postgres({ max: 1, onnotice: () => {}, fetch_types: true, ...options });

async function read(stream) {
  const parts = [];
  await pipe(stream, new Writable({ write(chunk, _, next) { parts.push(chunk); next(); } }));
  return Buffer.concat(parts);
}

const cases = {
  async simple(sql) {
    return [await sql.unsafe("SELECT 1 AS a; SELECT 'two' AS b, NULL AS c").simple(), await failure(sql.unsafe('SELEC').simple()), [...(await sql.unsafe('').simple())]];
  },
  async extended(sql) {
    return [await sql`SELECT ${1}::int AS i, ${'text é'}::text AS t, ${Buffer.from([0, 255])}::bytea AS b, ${null}::int AS n, ${[1, 2]}::int[] AS a, ${sql.json({ a: 1 })}::jsonb AS j`, await failure(sql`SELECT 1 / ${0}::int`)];
  },
  async prepared(sql) {
    const seen = [];
    for (let n = 0; n < 4; n++) seen.push((await sql`SELECT ${n}::int + 1 AS n`)[0].n);
    const unprepared = open({ prepare: false });
    seen.push((await unprepared`SELECT ${5}::int + 1 AS n`)[0].n);
    await unprepared.end();
    const described = await sql`SELECT ${1}::int AS n, 'x'::text AS t`.describe();
    return [seen, described.columns.map((c) => [c.name, c.type]), described.types];
  },
  async pipeline(sql) {
    return (await Promise.all(Array.from({ length: 60 }, (_, n) => sql`SELECT ${n}::int * 2 AS n`))).map((r) => r[0].n);
  },
  async pipeline_error(sql) {
    const seen = await Promise.all([
      failure(sql`INSERT INTO smoke VALUES (601, 'kept')`), failure(sql`SELECT 1 / ${0}::int AS n`), failure(sql`INSERT INTO smoke VALUES (602, 'kept too')`), failure(sql`SELECT nothing`), failure(sql`SELECT ${7}::int AS n`),
    ]);
    return [seen, [...(await sql`SELECT id FROM smoke WHERE id IN (601, 602) ORDER BY 1`)]];
  },
  async copy_in(sql) {
    const into = await sql`COPY smoke (id, body) FROM STDIN`.writable();
    await pipe(Readable.from(Array.from({ length: 1000 }, (_, n) => `${n + 1000}\trow ${n}\n`)), into);
    return [[...(await sql`SELECT count(*), min(body) FROM smoke WHERE id >= 1000`)]];
  },
  async copy_out(sql) {
    const bytes = await read(await sql`COPY (SELECT n, 'row ' || n FROM generate_series(1, 1000) n) TO STDOUT`.readable());
    return [bytes.length, sha(bytes)];
  },
  async notify(sql) {
    const seen = [];
    let heard;
    const both = new Promise((resolve) => { heard = resolve; });
    const { unlisten } = await sql.listen('smoke', (payload) => { seen.push(payload); if (seen.length === 2) heard(); });
    await sql.notify('smoke', 'from another');
    await sql`SELECT pg_notify('smoke', ${'computed'})`;
    await both;
    await unlisten();
    return seen;
  },
  async cancel(sql) {
    const query = sql`SELECT pg_sleep(30)`.execute();
    const seen = failure(query);
    await sleep(500);
    query.cancel();
    return [await seen, [...(await sql`SELECT 2 AS n`)]];
  },
  async large_objects(sql) {
    const object = await sql.largeObject();
    await object.write(Buffer.alloc(16384, 'abc'));
    await object.seek(0);
    const [{ data }] = await object.read(20000);
    const [size] = await object.size();
    await object.close();
    return [data.length, sha(data), size];
  },
  async notices() {
    const seen = [];
    const sql = open({ onnotice: (n) => seen.push([n.severity, n.code, n.message]) });
    await sql.unsafe('ROLLBACK').simple();
    await sql`SELECT smoke_notice(${'two'})`;
    await sql.end();
    return seen;
  },
  async cursors(sql) {
    const seen = [];
    await sql`SELECT n FROM generate_series(1, ${25}::int) n`.cursor(10, (rows) => { seen.push(rows.map((r) => r.n)); });
    let each = 0;
    await sql`SELECT n FROM generate_series(1, 50) n`.forEach((row) => { each += row.n; });
    let walked = 0;
    for await (const rows of sql`SELECT n FROM generate_series(1, 100) n`.cursor(30)) {
      walked += rows.length;
      if (walked === 60) break;
    }
    return [seen, each, walked, [...(await sql`SELECT 1 AS n`)]];
  },
  async transactions(sql) {
    const seen = await failure(sql.begin(async (tx) => {
      await tx`INSERT INTO smoke VALUES (701, 'undone')`;
      const inner = await failure(tx.savepoint(async (point) => { await point`SELECT 1 / 0`; }));
      await tx`SELECT 1`;
      throw Object.assign(new Error('the client gives up'), { code: inner[0] });
    }));
    return [seen, [...(await sql`SELECT count(*) FROM smoke WHERE id = 701`)]];
  },
  async large_bind(sql) { return [...(await sql`SELECT length(${'x'.repeat(large)}::text) AS n`)]; },
  async large_copy(sql) {
    const chunk = 'y'.repeat(large / 16);
    await pipe(Readable.from(['800\t', ...Array(16).fill(chunk), '\n']), await sql`COPY smoke (id, body) FROM STDIN`.writable());
    const bytes = await read(await sql`COPY (SELECT body FROM smoke WHERE id = 800) TO STDOUT`.readable());
    return [bytes.length, [...(await sql`DELETE FROM smoke WHERE id = 800 RETURNING length(body)`)]];
  },
  async large_result(sql) { return (await sql`SELECT repeat('z', ${large}) AS t`)[0].t.length; },
};

const first = open();
await first`DELETE FROM smoke`;
await first.end();
for (const [name, run] of Object.entries(cases).filter(([name]) => large > 0 || !name.startsWith('large_') || name === 'large_objects')) {
  const sql = open();
  process.stdout.write(`${JSON.stringify({ case: name, saw: await run(sql) })}\n`);
  await sql.end();
}
