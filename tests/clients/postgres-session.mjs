// node-postgres through the gateway: argument 1 is the connection URL. Prints one JSON object of what it saw.
import pg from 'pg';

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
const seen = {};
seen.simple = (await client.query('SELECT DISTINCT tenant_id FROM customers')).rows.map((r) => r.tenant_id);
seen.parameter = (await client.query('SELECT $1::int + 1 AS n', [41])).rows[0].n;
for (let i = 0; i < 2; i++) {
  seen.named = (await client.query({ name: 'by-city', text: 'SELECT name FROM customers WHERE city = $1', values: ['Leeds'] })).rows[0].name;
}
await client.query('BEGIN');
seen.refused = await client.query({ name: 'ddl', text: 'CREATE TABLE from_node (id int)' }).then(() => 'no error', (e) => e.code);
seen.aborted = await client.query('SELECT 1').then(() => 'no error', (e) => e.code);
await client.query('ROLLBACK');
seen.context = await client.query("SELECT set_config($1, 'globex', false)", ['app.tenant_id']).then(() => 'no error', (e) => e.code);
seen.after = (await client.query('SHOW app.tenant_id')).rows[0]['app.tenant_id'];
await client.end();
console.log(JSON.stringify(seen));
