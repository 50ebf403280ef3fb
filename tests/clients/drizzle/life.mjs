// An application's life by Drizzle, on the server that libpq's environment names.
import { and, count, desc, eq, exists, ilike, relations, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { bigserial, integer, jsonb, numeric, pgEnum, pgTable, primaryKey, serial, text, timestamp } from 'drizzle-orm/pg-core';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { refused, run, same } from '../cases.mjs';

const status = pgEnum('order_status', ['new', 'paid', 'shipped']);
const customer = pgTable('customer', { id: integer().primaryKey().generatedByDefaultAsIdentity(), name: text().notNull(), email: text(), tags: text().array(), settings: jsonb(), discount: integer(), createdAt: timestamp('created_at', { withTimezone: true }) });
const product = pgTable('product', { id: serial().primaryKey(), title: text().notNull(), price: numeric().notNull(), stock: integer() });
const purchase = pgTable('purchase', { id: bigserial({ mode: 'number' }).primaryKey(), customerId: integer('customer_id').notNull(), status: status(), note: text() });
const line = pgTable('purchase_line', { purchaseId: integer('purchase_id'), productId: integer('product_id'), quantity: integer() }, (t) => [primaryKey({ columns: [t.purchaseId, t.productId] })]);
const schema = {
  customer, product, purchase, line,
  ofCustomer: relations(customer, ({ many }) => ({ purchases: many(purchase) })),
  ofPurchase: relations(purchase, ({ one, many }) => ({ customer: one(customer, { fields: [purchase.customerId], references: [customer.id] }), lines: many(line) })),
  ofLine: relations(line, ({ one }) => ({ purchase: one(purchase, { fields: [line.purchaseId], references: [purchase.id] }), product: one(product, { fields: [line.productId], references: [product.id] }) })),
};
const pool = new pg.Pool({ max: 3 });
const db = drizzle(pool, { schema });

await run({
  async rows() {
    const [ann] = await db.insert(customer).values({ name: 'Ann', email: 'ann@drizzle.example', tags: ['a'], settings: { news: true } }).returning();
    await db.update(customer).set({ discount: sql`${customer.discount} + 5` }).where(eq(customer.id, ann.id));
    same(5, (await db.select({ discount: customer.discount }).from(customer).where(ilike(customer.email, 'ANN%')))[0].discount);
    await db.insert(customer).values({ name: 'Bob', email: 'ann@drizzle.example' }).onConflictDoUpdate({ target: customer.email, set: { name: sql`excluded.name` } });
    await db.insert(product).values([...Array(20).keys()].map((n) => ({ title: `bulk ${n}`, price: `${n}` }))).onConflictDoNothing();
    await db.delete(product).where(ilike(product.title, 'bulk 1%'));
    same(1, await db.$count(customer));
  },
  async relations() {
    const [ann] = await db.select().from(customer).limit(1);
    const [order] = await db.insert(purchase).values({ customerId: ann.id, status: 'paid' }).returning();
    await db.insert(line).values({ purchaseId: order.id, productId: 1, quantity: 2 });
    const found = await db.query.customer.findMany({ with: { purchases: { with: { lines: { with: { product: true } } } } }, orderBy: desc(customer.id), limit: 5, offset: 0 });
    same('A red wooden chair', found[0].purchases[0].lines[0].product.title);
    const sold = db.$with('sold').as(db.select({ productId: line.productId, n: sql`sum(${line.quantity})::int`.as('n') }).from(line).groupBy(line.productId));
    await db.with(sold).select().from(product).leftJoin(sold, eq(sold.productId, product.id)).where(exists(db.select().from(line).where(eq(line.productId, product.id))));
    await db.select({ status: purchase.status, n: count() }).from(purchase).groupBy(purchase.status).having(sql`count(*) > 0`);
    await db.selectDistinctOn([purchase.customerId]).from(purchase).where(and(eq(purchase.status, 'paid'))).orderBy(purchase.customerId);
  },
  async transactions() {
    await db.transaction(async (outer) => {
      await outer.select().from(product).limit(1).for('update', { skipLocked: true });
      await outer.transaction((inner) => inner.update(product).set({ stock: 7 }).where(eq(product.id, 1)));
      await outer.transaction((inner) => inner.rollback()).catch(() => {});
    }, { isolationLevel: 'repeatable read', accessMode: 'read write', deferrable: true });
  },
  async prepared() {
    const byId = db.select().from(product).where(eq(product.id, sql.placeholder('id'))).prepare('product_by_id');
    for (const id of [1, 2]) same(1, (await byId.execute({ id })).length);
    await db.execute(sql`SELECT ${1}::int + 1`);
  },
  async 'by design'() {
    await refused('LP301', () => db.execute(sql`CREATE TABLE t (id int)`));
    const folder = mkdtempSync(join(tmpdir(), 'drizzle-'));
    mkdirSync(join(folder, 'meta'));
    writeFileSync(join(folder, 'meta', '_journal.json'), '{"version":"7","dialect":"postgresql","entries":[]}');
    await refused('LP301', () => migrate(db, { migrationsFolder: folder }));
    rmSync(folder, { recursive: true });
  },
});
await pool.end();
