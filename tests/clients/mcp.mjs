// Drives /mcp as an agent would: `node mcp.mjs URL TOKEN` reads one JSON call per line, {"list":true} or {"tool":NAME,"arguments":{}}, and answers each with one JSON line.
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [url, token] = process.argv.slice(2);
const client = new Client({ name: 'lockplane-tests', version: '1.0.0' });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
} catch (error) {
  say({ failed: String(error.message) });
  process.exit(1);
}

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  try {
    // The client checks structured content against the tool's output schema by itself.
    say(call.list ? await client.listTools() : await client.callTool({ name: call.tool, arguments: call.arguments }));
  } catch (error) {
    say({ failed: String(error.message) });
  }
}

await client.close();
