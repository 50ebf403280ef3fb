// What the scripts for Node share: cases by name, one line of JSON for each that went well, and the statements that the gateway is to refuse.

/** Runs the cases one after another; the first that fails ends the program. */
export async function run(cases) {
  for (const [name, live] of Object.entries(cases)) {
    try {
      await live();
    } catch (error) {
      console.error(`case ${name}:`, error);
      process.exit(1);
    }
    console.log(JSON.stringify({ case: name }));
  }
}

/** Demands that a statement fails with a code. */
export async function refused(code, live) {
  const error = await live().then(() => null, (e) => e);
  if (!error) throw new Error(`expected ${code}, but it passed`);
  for (let e = error; e; e = e.cause ?? e.original ?? e.driverError) if ([e.code, e.originalCode].includes(code)) return;
  throw new Error(`expected ${code}`, { cause: error });
}

/** Demands equality of what two values print as. */
export function same(expected, actual) {
  if (JSON.stringify(expected) !== JSON.stringify(actual)) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
