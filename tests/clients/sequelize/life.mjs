// An application's life by Sequelize, on the server that libpq's environment names.
import { DataTypes, Op, QueryTypes, Sequelize, Transaction } from 'sequelize';
import { refused, run, same } from '../cases.mjs';

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = process.env;
const db = new Sequelize(PGDATABASE, PGUSER, PGPASSWORD, { host: PGHOST, port: PGPORT, dialect: 'postgres', logging: false, pool: { max: 3 }, dialectOptions: { statement_timeout: 20000, application_name: 'shop' } });
const own = { freezeTableName: true, underscored: true, timestamps: false };
const Customer = db.define('customer', {
  name: DataTypes.STRING, email: DataTypes.CITEXT, tags: DataTypes.ARRAY(DataTypes.TEXT), settings: DataTypes.JSONB, attributes: DataTypes.HSTORE, discount: DataTypes.INTEGER, createdAt: DataTypes.DATE,
}, own);
const Product = db.define('product', { title: DataTypes.STRING, price: DataTypes.DECIMAL, stock: DataTypes.INTEGER, valid: DataTypes.RANGE(DataTypes.DATEONLY) }, own);
const Purchase = db.define('purchase', { status: DataTypes.ENUM('new', 'paid', 'shipped'), note: DataTypes.TEXT }, own);
const Line = db.define('purchase_line', { quantity: DataTypes.INTEGER, purchaseId: { type: DataTypes.BIGINT, primaryKey: true }, productId: { type: DataTypes.INTEGER, primaryKey: true } }, own);
Customer.hasMany(Purchase, { foreignKey: 'customer_id' });
Purchase.belongsTo(Customer, { foreignKey: 'customer_id' });
Purchase.hasMany(Line, { foreignKey: 'purchase_id' });
Line.belongsTo(Product, { foreignKey: 'product_id' });

await run({
  async connect() {
    await db.authenticate();
  },
  async rows() {
    const ann = await Customer.create({ name: 'Ann', email: 'ann@sequelize.example', tags: ['a', 'b'], settings: { news: true }, attributes: { a: '1' } });
    await ann.update({ discount: 5 });
    await ann.increment('discount', { by: 5 });
    await ann.reload();
    same(10, ann.discount);
    same(1, await Customer.count({ where: { tags: { [Op.contains]: ['a'] }, settings: { news: true } } }));
    await Customer.findCreateFind({ where: { email: 'bob@sequelize.example' }, defaults: { name: 'Bob' } });
    await Customer.upsert({ id: ann.id, name: 'Anne', email: 'ann@sequelize.example' });
    await Product.bulkCreate([...Array(20).keys()].map((n) => ({ title: `bulk ${n}`, price: n })), { updateOnDuplicate: ['title'] });
    await Product.destroy({ where: { title: { [Op.iLike]: 'bulk 1%' } } });
    await Product.update({ valid: [new Date('2026-01-01'), new Date('2026-02-01')] }, { where: { id: 1 }, returning: true });
  },
  async relations() {
    const ann = await Customer.findOne({ where: { email: 'ann@sequelize.example' } });
    const order = await ann.createPurchase({ status: 'paid' });
    await order.createPurchase_line({ productId: 1, quantity: 2 });
    const found = await Customer.findAndCountAll({ include: [{ model: Purchase, include: [{ model: Line, include: Product }] }], order: [['name', 'ASC']], limit: 5, offset: 0, distinct: true });
    same(true, found.count > 0);
    await Purchase.findAll({ attributes: ['status', [db.fn('COUNT', db.col('id')), 'n'], [db.fn('MAX', db.col('placed_at')), 'last']], group: ['status'], having: db.where(db.fn('COUNT', db.col('id')), Op.gt, 0) });
    await Purchase.findAll({ include: { model: Line, separate: true }, where: { '$customer.name$': 'Ann' }, include: Customer, subQuery: false });
  },
  async transactions() {
    await db.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE }, async (outer) => {
      await Purchase.findOne({ lock: true, skipLocked: true, transaction: outer });
      await db.transaction({ transaction: outer }, (inner) => Product.update({ stock: 3 }, { where: { id: 1 }, transaction: inner }));
    });
    const own = await db.transaction({ readOnly: true, deferrable: Sequelize.Deferrable.SET_DEFERRED() });
    await own.rollback();
  },
  async queries() {
    await db.query('SELECT * FROM product WHERE title = :title', { replacements: { title: 'it\'s' }, type: QueryTypes.SELECT });
    await db.query('SELECT $1::int + 1 AS n', { bind: [1] });
    same(true, (await db.databaseVersion()).length > 0);
  },
  async introspection() {
    const queries = db.getQueryInterface();
    same(true, (await queries.showAllTables()).length > 0);
    await queries.describeTable('customer');
    await queries.showIndex('product');
    await queries.getForeignKeyReferencesForTable('purchase');
    await queries.tableExists('customer');
  },
  async 'by design'() {
    await refused('LP301', () => db.sync({ force: true }));
    await refused('LP301', () => Product.truncate());
    await refused('LP311', () => Customer.findOrCreate({ where: { email: 'eve@sequelize.example' }, defaults: { name: 'Eve' } }));
  },
});
await db.close();
