// node-postgres as a migrator on the server that libpq's environment names: prints what became of each schema change.
import pg from 'pg';

const client = new pg.Client();
await client.connect();
const saw = [];
const run = async (...query) => saw.push(await client.query(...query).then((r) => [r].flat().at(-1).command, (e) => e.code));
await run('CREATE TABLE driver (id int)');
await run('ALTER TABLE driver ADD COLUMN a text', []);
await run({ name: 'named', text: 'ALTER TABLE driver ADD COLUMN b text', values: [] });
await run('INSERT INTO driver (id) VALUES (1)').catch(() => {});
await run('DROP TABLE driver');
await run('BEGIN');
await run('CREATE TABLE never (id int)');
await run('ROLLBACK');
await run('SELECT 1; CREATE TABLE never (id int)');
console.log(JSON.stringify(saw));
await client.end();
