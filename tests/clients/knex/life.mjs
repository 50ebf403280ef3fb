// An application's life by Knex, on the server that libpq's environment names.
import knex from 'knex';
import { refused, run, same } from '../cases.mjs';

const db = knex({ client: 'pg', searchPath: ['public'], pool: { min: 0, max: 3 }, connection: { ssl: false } });

await run({
  async rows() {
    const [ann] = await db('customer').insert({ name: 'Ann', email: 'ann@knex.example', tags: ['a'], settings: { news: true } }).returning('*');
    await db('customer').where({ id: ann.id }).update({ discount: 5 });
    await db('customer').where('id', ann.id).increment('discount', 5);
    same(10, (await db('customer').select('discount').where('email', 'ANN@knex.example').first()).discount);
    same(1, (await db('customer').count('* as n').first()).n * 1);
  },
  async relations() {
    const customer = await db('customer').first();
    const [order] = await db('purchase').insert({ customer_id: customer.id }).returning(['id', 'status']);
    await db('purchase_line').insert([{ purchase_id: order.id, product_id: 1, quantity: 2 }, { purchase_id: order.id, product_id: 2 }]);
    const rows = await db('purchase as o').join('customer as c', 'c.id', 'o.customer_id').leftJoin('purchase_line as l', 'l.purchase_id', 'o.id')
      .select('o.id', 'c.name', db.raw('sum(l.quantity)::int as n')).groupBy('o.id', 'c.name').having(db.raw('sum(l.quantity) > ?', [1])).orderBy('o.id').limit(10).offset(0);
    same(3, rows[0].n);
    await db.with('recent', db('purchase').where('placed_at', '>', '2026-01-01')).select('*').from('recent').whereExists(db('customer').whereRaw('customer.id = recent.customer_id'));
    await db('product').distinct('title').whereIn('id', db('purchase_line').select('product_id')).union([db('product').select('title').whereNull('valid')]);
    await db('purchase').select('id', db.raw('row_number() over (partition by customer_id order by id)'));
  },
  async upsert() {
    await db('customer').insert({ name: 'Bob', email: 'bob@knex.example' }).onConflict('email').merge(['name']);
    await db('customer').insert({ name: 'Bob', email: 'bob@knex.example' }).onConflict('email').ignore();
    await db.batchInsert('product', [...Array(50).keys()].map((n) => ({ title: `batch ${n}`, price: n })), 20);
  },
  async transactions() {
    await db.transaction(async (trx) => {
      await trx('job').insert({ payload: { n: 1 } });
      await trx.transaction(async (inner) => inner('job').insert({ payload: { n: 2 } }));
      await trx('job').whereNull('done_at').orderBy('id').limit(1).forUpdate().skipLocked();
      await trx.raw('SELECT pg_advisory_xact_lock(?)', [7]);
    }, { isolationLevel: 'serializable' });
    await db.transaction((trx) => trx('job').select(), { readOnly: true });
  },
  async json() {
    await db('customer').jsonExtract('settings', '$.news', 'news').whereJsonPath('settings', '$.news', '=', true).whereJsonSupersetOf('settings', { news: true });
    await db('customer').jsonSet('settings', '$.a', '1', 'changed');
  },
  async introspection() {
    same(true, await db.schema.hasTable('customer'));
    same(true, await db.schema.hasColumn('customer', 'email'));
    await db('customer').columnInfo();
  },
  async stream() {
    let rows = 0;
    for await (const _ of db('product').select().stream()) rows++;
    if (rows < 50) throw new Error(`${rows} rows`);
  },
  async 'by design'() {
    await refused('LP301', () => db.schema.createTable('migrations', (table) => table.increments()));
    await refused('LP301', () => db('job').truncate());
    await db.migrate.latest({ migrationSource: { getMigrations: async () => ['one'], getMigrationName: (m) => m, getMigration: () => ({ up() {}, down() {} }) } })
      .then(() => { throw new Error('migrations passed'); }, (e) => same('LP301', e.code));
  },
});
await db.destroy();
