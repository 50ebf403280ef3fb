// An application's life by node-postgres, on the server that libpq's environment names.
import pg from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { refused, run, same } from '../cases.mjs';

const pool = new pg.Pool({ max: 3, statement_timeout: 20000, application_name: 'shop', options: '-c search_path=public -c TimeZone=UTC', idle_in_transaction_session_timeout: 30000, lock_timeout: 5000 });

async function transaction(live, begin = 'BEGIN') {
  const client = await pool.connect();
  try {
    await client.query(begin);
    const result = await live(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

await run({
  async pool() {
    const clients = await Promise.all([pool.connect(), pool.connect()]);
    for (const client of clients) {
      await client.query('SELECT 1');
      client.release();
    }
    same([{ TimeZone: 'UTC' }], (await pool.query('SHOW TimeZone')).rows);
  },
  async types() {
    const { rows } = await pool.query("SELECT oid, typname, typarray FROM pg_type WHERE typname = ANY($1)", [['order_status', 'citext', 'hstore']]);
    same(3, rows.length);
    await pool.query("SELECT enumlabel FROM pg_enum WHERE enumtypid = 'order_status'::regtype ORDER BY enumsortorder");
  },
  async rows() {
    const { rows: [ann] } = await pool.query('INSERT INTO customer (name, email, tags, settings) VALUES ($1, $2, $3, $4) RETURNING *', ['Ann', 'Ann@pg.example', ['a', 'b'], { news: true }]);
    await pool.query('UPDATE customer SET discount = $1, home = ROW($2, $3) WHERE id = $4', [5, 'High Street', 'Oslo', ann.id]);
    same('Oslo', (await pool.query("SELECT (home).city, total(1) FROM customer WHERE email = 'ann@PG.example'")).rows[0].city);
    same(1, (await pool.query('SELECT count(*)::int AS n FROM customer')).rows[0].n);
    await pool.query('DELETE FROM customer WHERE id = $1', [ann.id]);
  },
  async reports() {
    await pool.query(`WITH sold AS (SELECT product_id, sum(quantity) AS n FROM purchase_line GROUP BY ROLLUP (product_id))
      SELECT p.title, coalesce(s.n, 0), rank() OVER (ORDER BY s.n DESC NULLS LAST), string_agg(c.name, ', ' ORDER BY c.name) FILTER (WHERE c.discount > 0), percentile_cont(0.5) WITHIN GROUP (ORDER BY l.quantity)
      FROM product p LEFT JOIN sold s ON s.product_id = p.id LEFT JOIN purchase_line l ON l.product_id = p.id LEFT JOIN purchase o ON o.id = l.purchase_id LEFT JOIN customer c ON c.id = o.customer_id
      GROUP BY p.title, s.n HAVING count(*) > 0 ORDER BY 2 DESC LIMIT $1 OFFSET $2`, [10, 0]);
    await pool.query("SELECT date_trunc('month', placed_at) AS month, extract(dow FROM placed_at), to_char(placed_at, 'YYYY-MM-DD'), age(placed_at) FROM purchase WHERE placed_at > now() - interval '1 year'");
    await pool.query('SELECT c.id, lines.* FROM customer c CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object($1::text, o.id)) AS orders FROM purchase o WHERE o.customer_id = c.id) lines', ['id']);
    await pool.query('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n');
  },
  async json() {
    await pool.query("SELECT settings->>'news', settings #> '{a,b}', jsonb_path_query_array(settings, '$.*'), settings ? 'news', settings @> $1 FROM customer", [{ news: true }]);
    await pool.query("UPDATE customer SET settings = jsonb_set(settings, '{news}', 'false') || $1 WHERE settings ? 'news'", [{ a: 1 }]);
    await pool.query("SELECT key, value FROM customer, jsonb_each(settings); ");
  },
  async search() {
    const { rows } = await pool.query("SELECT title, ts_rank(search, q), ts_headline('english', title, q) FROM product, websearch_to_tsquery('english', $1) q WHERE search @@ q ORDER BY 2 DESC", ['chair']);
    same(2, rows.length);
    await pool.query("SELECT title FROM product WHERE title ILIKE $1 OR title % $2 ORDER BY title <-> $2", ['%oak%', 'table']);
  },
  async upsert() {
    for (const name of ['Bob', 'Robert']) {
      await pool.query('INSERT INTO customer (name, email) VALUES ($1, $2) ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING (xmax = 0) AS inserted', [name, 'bob@pg.example']);
    }
    await pool.query('MERGE INTO product p USING (VALUES ($1::text, 1.0)) AS v(title, price) ON p.title = v.title WHEN MATCHED THEN UPDATE SET price = v.price WHEN NOT MATCHED THEN INSERT (title, price) VALUES (v.title, v.price)', ['A lamp']);
    await pool.query('INSERT INTO product (title, price) SELECT * FROM unnest($1::text[], $2::numeric[])', [['x', 'y'], [1, 2]]);
  },
  async transactions() {
    for (const begin of ['BEGIN', 'BEGIN ISOLATION LEVEL SERIALIZABLE', 'START TRANSACTION READ ONLY', 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, DEFERRABLE']) {
      await transaction((client) => client.query('SELECT count(*) FROM customer'), begin);
    }
    await transaction(async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await client.query("SET LOCAL statement_timeout = '5s'");
      await client.query('SAVEPOINT one');
      await client.query('SELECT 1 / 0').catch(() => client.query('ROLLBACK TO SAVEPOINT one'));
      await client.query('RELEASE SAVEPOINT one');
      await client.query('SET CONSTRAINTS ALL DEFERRED');
      await client.query("SELECT set_config('statement_timeout', '1000', true)");
    });
  },
  async queue() {
    await pool.query("INSERT INTO job (payload) SELECT jsonb_build_object('n', n) FROM generate_series(1, 3) n");
    await transaction(async (client) => {
      const { rows: [job] } = await client.query('SELECT id FROM job WHERE done_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1');
      await client.query('UPDATE job SET done_at = clock_timestamp() WHERE id = $1', [job.id]);
      await client.query('SELECT pg_advisory_xact_lock($1)', [42]);
      await client.query("SELECT pg_try_advisory_lock(hashtext('x')), pg_advisory_unlock(hashtext('x'))");
    });
  },
  async cursors() {
    const client = await pool.connect();
    const cursor = client.query(new Cursor('SELECT n FROM generate_series(1, 100) n'));
    same(10, (await cursor.read(10)).length);
    await cursor.close();
    let rows = 0;
    for await (const _ of client.query(new QueryStream('SELECT n FROM generate_series(1, $1::int) n', [1000], { batchSize: 100 }))) rows++;
    same(1000, rows);
    client.release();
  },
  async listen() {
    const client = await pool.connect();
    const heard = new Promise((resolve) => client.on('notification', resolve));
    await client.query('LISTEN shop');
    await pool.query("SELECT pg_notify('shop', $1)", ['hello']);
    same('hello', (await heard).payload);
    await client.query('UNLISTEN shop');
    client.release();
  },
  async prepared() {
    for (let i = 0; i < 3; i++) await pool.query({ name: 'by id', text: 'SELECT * FROM product WHERE id = $1', values: [i] });
  },
  async sessions() {
    const client = await pool.connect();
    await client.query("SET TIME ZONE 'Europe/Oslo'; SET statement_timeout = 3000; SET application_name = 'shop'; SET client_encoding TO 'UTF8'; SET DateStyle = ISO; SET standard_conforming_strings = on");
    await client.query('SELECT current_database(), current_user, version(), pg_backend_pid(), now()');
    await client.query('DISCARD ALL');
    client.release();
  },
  async 'by design'() {
    await refused('LP301', () => pool.query('CREATE TABLE migrations (id int)'));
    await refused('42501', () => pool.query("SET app.tenant_id = 'globex'"));
    await pool.query('SET search_path = other');
    await refused('42501', () => pool.query('SELECT count(*) FROM pg_stat_activity'));
  },
});
await pool.end();
