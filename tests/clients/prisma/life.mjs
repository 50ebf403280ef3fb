// An application's life by Prisma (its query compiler and the adapter for node-postgres), on the server that libpq's environment names.
import { PrismaPg } from '@prisma/adapter-pg';
import prisma from './client.cjs';
import { run, same } from '../cases.mjs';

const db = new prisma.PrismaClient({ adapter: new PrismaPg({ max: 3 }, { schema: 'public' }) });

await run({
  async rows() {
    const ann = await db.customer.create({ data: { name: 'Ann', email: 'ann@prisma.example', tags: ['a'], settings: { news: true } } });
    await db.customer.update({ where: { id: ann.id }, data: { discount: { increment: 5 }, tags: { push: 'b' } } });
    same(5, (await db.customer.findUniqueOrThrow({ where: { email: 'ann@prisma.example' } })).discount);
    await db.customer.upsert({ where: { email: 'bob@prisma.example' }, create: { name: 'Bob', email: 'bob@prisma.example' }, update: { name: 'Bob' } });
    await db.product.createMany({ data: [...Array(20).keys()].map((n) => ({ title: `bulk ${n}`, price: n })), skipDuplicates: true });
    await db.product.createManyAndReturn({ data: [{ title: 'a lamp', price: '1.50' }] });
    await db.product.updateMany({ where: { title: { startsWith: 'bulk' } }, data: { stock: 1 } });
    await db.product.deleteMany({ where: { title: { contains: 'BULK 1', mode: 'insensitive' } } });
    same(1, await db.customer.count({ where: { tags: { has: 'b' }, settings: { path: ['news'], equals: true } } }));
  },
  async relations() {
    const order = await db.purchase.create({ data: { status: 'paid', customer: { connect: { email: 'ann@prisma.example' } }, lines: { create: [{ product_id: 1, quantity: 2 }] } } });
    const found = await db.customer.findMany({ include: { purchases: { include: { lines: { include: { product: true } } } }, _count: { select: { purchases: true } } }, where: { purchases: { some: { id: order.id } } }, orderBy: { name: 'asc' }, take: 5, skip: 0 });
    same('A red wooden chair', found[0].purchases[0].lines[0].product.title);
    await db.purchase.groupBy({ by: ['status'], _count: true, _max: { id: true }, having: { id: { _count: { gt: 0 } } }, orderBy: { status: 'asc' } });
    await db.product.aggregate({ _avg: { price: true }, _sum: { stock: true } });
    await db.product.findMany({ cursor: { id: 1 }, take: 2, distinct: ['title'], orderBy: { id: 'asc' } });
  },
  async transactions() {
    await db.$transaction([db.product.findMany(), db.product.update({ where: { id: 1 }, data: { stock: 3 } })]);
    await db.$transaction(async (own) => {
      await own.product.update({ where: { id: 1 }, data: { stock: { decrement: 1 } } });
      await own.$queryRaw`SELECT id FROM job FOR UPDATE SKIP LOCKED LIMIT 1`;
    }, { isolationLevel: 'Serializable' });
  },
  async raw() {
    same(2, (await db.$queryRaw`SELECT title FROM product WHERE search @@ plainto_tsquery('english', ${'chair'})`).length);
    await db.$executeRaw`UPDATE product SET stock = stock + 1 WHERE id = ${1}`;
  },
  async 'by design'() {
    const error = await db.$executeRawUnsafe('CREATE TABLE t (id int)').then(() => null, (e) => e);
    same(true, JSON.stringify([error?.message, error?.meta]).includes('LP301'));
  },
});
await db.$disconnect();
