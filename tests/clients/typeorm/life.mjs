// An application's life by TypeORM, on the server that libpq's environment names.
import typeorm from 'typeorm';
import { refused, run, same } from '../cases.mjs';

const { DataSource, EntitySchema, Like, In } = typeorm;
const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env;
const Customer = new EntitySchema({
  name: 'customer',
  columns: {
    id: { type: 'int', primary: true, generated: 'identity' }, name: { type: 'text' }, email: { type: 'citext', nullable: true }, tags: { type: 'text', array: true, default: '{}' },
    settings: { type: 'jsonb', default: {} }, attributes: { type: 'hstore', nullable: true }, discount: { type: 'int', default: 0 }, created_at: { type: 'timestamptz', createDate: true },
  },
  relations: { purchases: { type: 'one-to-many', target: 'purchase', inverseSide: 'customer' } },
});
const Product = new EntitySchema({ name: 'product', columns: { id: { type: 'int', primary: true, generated: true }, title: { type: 'varchar' }, price: { type: 'numeric' }, stock: { type: 'int', default: 0 } } });
const Purchase = new EntitySchema({
  name: 'purchase',
  columns: { id: { type: 'bigint', primary: true, generated: true }, status: { type: 'enum', enum: ['new', 'paid', 'shipped'], enumName: 'order_status', default: 'new' }, note: { type: 'text', nullable: true } },
  relations: { customer: { type: 'many-to-one', target: 'customer', inverseSide: 'purchases', joinColumn: { name: 'customer_id' } } },
});
const db = new DataSource({ type: 'postgres', host: PGHOST, port: Number(PGPORT), username: PGUSER, password: PGPASSWORD, database: PGDATABASE, entities: [Customer, Product, Purchase], installExtensions: false, poolSize: 3 });

await run({
  async connect() {
    await db.initialize();
  },
  async rows() {
    const customers = db.getRepository(Customer);
    const ann = await customers.save({ name: 'Ann', email: 'ann@typeorm.example', tags: ['a'], settings: { news: true }, attributes: { a: '1' } });
    await customers.increment({ id: ann.id }, 'discount', 5);
    same(5, (await customers.findOneByOrFail({ email: 'ann@typeorm.example' })).discount);
    await customers.upsert({ name: 'Bob', email: 'bob@typeorm.example' }, ['email']);
    await db.getRepository(Product).insert([...Array(20).keys()].map((n) => ({ title: `bulk ${n}`, price: n })));
    await db.getRepository(Product).delete({ title: Like('bulk 1%') });
    same(1, await customers.countBy({ id: In([ann.id]) }));
    await customers.existsBy({ name: 'Ann' });
  },
  async relations() {
    const ann = await db.getRepository(Customer).findOneByOrFail({ name: 'Ann' });
    await db.getRepository(Purchase).save({ customer: ann, status: 'paid' });
    const found = await db.getRepository(Customer).find({ relations: { purchases: true }, order: { name: 'ASC' }, take: 5, skip: 0 });
    same(1, found.find((customer) => customer.id === ann.id).purchases.length);
    await db.createQueryBuilder(Purchase, 'o').leftJoinAndSelect('o.customer', 'c').where("c.settings ->> 'news' = :news", { news: 'true' }).andWhere(':tag = ANY(c.tags)', { tag: 'a' }).orderBy('o.id', 'DESC').getManyAndCount();
    await db.createQueryBuilder(Purchase, 'o').select('o.status', 'status').addSelect('COUNT(*)', 'n').groupBy('o.status').having('COUNT(*) > 0').getRawMany();
    await db.createQueryBuilder().update(Product).set({ stock: () => 'stock + 1' }).where('id = :id', { id: 1 }).returning('*').execute();
  },
  async transactions() {
    await db.transaction('SERIALIZABLE', async (outer) => {
      await outer.getRepository(Product).createQueryBuilder('p').setLock('pessimistic_write').setOnLocked('skip_locked').limit(1).getMany();
      await outer.transaction((inner) => inner.getRepository(Product).update({ id: 1 }, { stock: 7 }));
    });
    const runner = db.createQueryRunner();
    await runner.startTransaction('REPEATABLE READ');
    await runner.rollbackTransaction();
    await runner.release();
  },
  async stream() {
    const runner = db.createQueryRunner();
    let rows = 0;
    for await (const _ of await runner.stream('SELECT * FROM product')) rows++;
    await runner.release();
    if (rows < 3) throw new Error(`${rows} rows`);
  },
  async introspection() {
    const runner = db.createQueryRunner();
    const table = await runner.getTable('purchase');
    same(true, table.columns.length > 4);
    same(true, await runner.hasTable('purchase'));
    await runner.getCurrentDatabase();
    await runner.release();
  },
  async 'by design'() {
    const changed = await new DataSource({ ...db.options, entities: [Customer, Purchase] }).initialize();
    await refused('LP301', () => changed.synchronize());
    await changed.destroy();
    await refused('LP301', () => db.runMigrations());
    await refused('LP301', () => db.getRepository(Product).clear());
  },
});
await db.destroy();
