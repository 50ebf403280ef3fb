// node-postgres on the server that libpq's environment names. Prints one JSON line for each case; LARGE_BYTES is the size of the large values, 0 for none.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const large = Number(process.env.LARGE_BYTES ?? 0);
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const failure = (promise) => promise.then((r) => r.rows ?? r, (e) => [e.code, e.message]);

async function connect(options = {}) {
  const client = new pg.Client(options);
  await client.connect();
  return client;
}

/** COPY both ways; pg itself has no streams for it, but hands a query object the messages. */
class Copy {
  constructor(text, chunks = [], fail = null) {
    Object.assign(this, { text, chunks, fail, parts: [], tag: '' });
    this.done = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }
  submit(connection) { connection.query(this.text); }
  handleCopyInResponse(connection) {
    for (const chunk of this.chunks) connection.sendCopyFromChunk(chunk);
    if (this.fail) connection.sendCopyFail(this.fail); else connection.endCopyFrom();
  }
  // The parser uses its buffer again.
  handleCopyData(message) { this.parts.push(Buffer.from(message.chunk)); }
  handleCommandComplete(message) { this.tag = message.text; }
  handleError(error) { this.reject(error); }
  handleReadyForQuery() { this.resolve({ rows: [this.tag, Buffer.concat(this.parts)] }); }
}
const copy = (client, ...rest) => { const query = new Copy(...rest); client.query(query); return query.done; };

const cases = {
  async simple(c) {
    const two = await c.query("SELECT 1 AS a; SELECT 'two' AS b, NULL AS c");
    const empty = await c.query('');
    return [two.map((r) => [r.command, r.rows, r.fields.map((f) => f.name)]), empty.rows, await failure(c.query('SELEC'))];
  },
  async extended(c) {
    const values = [1, 'text é', Buffer.from([0, 255]), null, [1, 2, null], 1.5, true, { a: 1 }];
    return [(await c.query('SELECT $1::int i, $2::text t, $3::bytea b, $4::int n, $5::int[] a, $6::float8 f, $7::bool o, $8::jsonb j', values)).rows, await failure(c.query('SELECT 1 / $1::int', [0]))];
  },
  async prepared(c) {
    const seen = [];
    for (let n = 0; n < 4; n++) seen.push((await c.query({ name: 'plus', text: 'SELECT $1::int + 1 AS n', values: [n] })).rows[0].n);
    return [seen, (await c.query('SELECT name, parameter_types::text FROM pg_prepared_statements')).rows, await failure(c.query({ name: 'bad', text: 'SELECT nothing', values: [] }))];
  },
  async pipeline() {
    const c = await connect({ pipeline: true });
    const seen = await Promise.all(Array.from({ length: 50 }, (_, n) => c.query('SELECT $1::int * 2 AS n', [n])));
    await c.end();
    return seen.map((r) => r.rows[0].n);
  },
  async pipeline_error() {
    const c = await connect({ pipeline: true });
    const seen = await Promise.all([
      failure(c.query("INSERT INTO smoke VALUES (601, 'kept')")), failure(c.query('SELECT 1 / $1::int', [0])), failure(c.query("INSERT INTO smoke VALUES (602, 'kept too')")), failure(c.query('SELECT 7 AS n')),
    ]);
    const ids = (await c.query('SELECT id FROM smoke WHERE id IN (601, 602) ORDER BY 1')).rows;
    await c.end();
    return [seen, ids];
  },
  async copy_in(c) {
    const rows = Array.from({ length: 1000 }, (_, n) => Buffer.from(`${n + 1000}\trow ${n}\n`));
    const [tag] = (await copy(c, 'COPY smoke (id, body) FROM STDIN', rows)).rows;
    return [tag, await failure(copy(c, 'COPY smoke (id, body) FROM STDIN', [Buffer.from('x\ty\n')])), (await c.query('SELECT count(*) FROM smoke WHERE id >= 1000')).rows];
  },
  async copy_out(c) {
    const [tag, bytes] = (await copy(c, "COPY (SELECT n, 'row ' || n FROM generate_series(1, 1000) n) TO STDOUT")).rows;
    return [tag, bytes.length, sha(bytes), await failure(copy(c, 'COPY (SELECT 1 / (5 - n) FROM generate_series(1, 10) n) TO STDOUT'))];
  },
  async copy_fail(c) {
    return [await failure(copy(c, 'COPY smoke (id, body) FROM STDIN', [Buffer.from('4000\tnever\n')], 'the client gives up')), (await c.query('SELECT count(*) FROM smoke WHERE id = 4000')).rows];
  },
  async notify(c) {
    const seen = [];
    const heard = new Promise((resolve) => c.on('notification', (m) => { seen.push([m.channel, m.payload]); if (seen.length === 2) resolve(); }));
    await c.query('LISTEN smoke');
    const other = await connect();
    await other.query("NOTIFY smoke, 'from another'");
    await other.query("SELECT pg_notify('smoke', $1)", ['computed']);
    await other.end();
    await heard;
    return seen;
  },
  async cancel(c) {
    let over = false;
    const sleeping = failure(c.query('SELECT pg_sleep(30)')).then((seen) => { over = true; return seen; });
    while (!over) {
      await sleep(200);
      if (!over) {
        const canceller = new pg.Client();
        canceller.on('error', () => {});
        canceller.cancel(c, c._activeQuery);
        await sleep(100);
      }
    }
    await failure(c.query('SELECT 1'));
    return [await sleeping, (await c.query('SELECT 2 AS n')).rows];
  },
  async large_objects(c) {
    const { oid } = (await c.query('SELECT lo_from_bytea(0, $1) AS oid', [Buffer.alloc(16384, 'abc')])).rows[0];
    await c.query('SELECT lo_put($1::oid, 3, $2)', [oid, Buffer.from('written')]);
    const { got } = (await c.query('SELECT lo_get($1::oid) AS got', [oid])).rows[0];
    return [got.length, sha(got), (await c.query('SELECT lo_unlink($1::oid)', [oid])).rows];
  },
  async notices(c) {
    const seen = [];
    c.on('notice', (n) => seen.push([n.severity, n.code, n.message]));
    await c.query('ROLLBACK');
    await c.query('SELECT smoke_notice($1)', ['two']);
    return seen;
  },
  async binary(c) {
    return (await c.query({ text: "SELECT 1::int AS i, 2::int8 AS l, 'x'::text AS t, '\\x00ff'::bytea AS b, true AS o, 1.5::float8 AS f", binary: true })).rows;
  },
  async cursors(c) {
    // Execute with a row limit: the portal is suspended and gone on with.
    return (await c.query({ text: 'SELECT n FROM generate_series(1, $1::int) n', values: [25], rows: 10 })).rows.map((r) => r.n);
  },
  async transactions(c) {
    await c.query('BEGIN');
    const first = await failure(c.query('SELECT 1 / 0'));
    const second = await failure(c.query('SELECT 1'));
    await c.query('ROLLBACK');
    return [first, second, (await c.query('SELECT 1 AS n')).rows];
  },
  async large_bind(c) { return (await c.query('SELECT length($1::text) AS n', ['x'.repeat(large)])).rows; },
  async large_copy(c) {
    const chunk = Buffer.alloc(large / 16, 'y');
    await copy(c, 'COPY smoke (id, body) FROM STDIN', [Buffer.from('800\t'), ...Array(16).fill(chunk), Buffer.from('\n')]);
    const [tag, bytes] = (await copy(c, 'COPY (SELECT body FROM smoke WHERE id = 800) TO STDOUT')).rows;
    return [tag, bytes.length, (await c.query('DELETE FROM smoke WHERE id = 800 RETURNING length(body)')).rows];
  },
  async large_result(c) { return (await c.query("SELECT repeat('z', $1) AS t", [large])).rows[0].t.length; },
};

const first = await connect();
await first.query('DELETE FROM smoke');
await first.end();
for (const [name, run] of Object.entries(cases).filter(([name]) => large > 0 || !name.startsWith('large_') || name === 'large_objects')) {
  const client = await connect();
  process.stdout.write(`${JSON.stringify({ case: name, saw: await run(client) })}\n`);
  await client.end();
}
