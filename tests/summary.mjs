// Sums up test reports: `node summary.mjs <report.json>:<exit code> ...`. Lists what was skipped and why, ends with one line, exits 1 when anything failed or nothing ran.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const total = { passed: 0, failed: 0, skipped: 0 };

for (const argument of process.argv.slice(2)) {
  const colon = argument.lastIndexOf(':');
  const path = argument.slice(0, colon);
  const exitCode = Number(argument.slice(colon + 1));
  const name = basename(path, '.json');
  const tests = readTests(path, name, exitCode);
  for (const test of tests) {
    total[test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped']++;
  }

  for (const test of tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')) {
    console.log(`skipped: ${test.name}: ${test.message ?? 'no reason given'}`);
  }
}

if (total.passed + total.failed + total.skipped === 0) {
  console.log('failed: no test has that name');
  total.failed = 1;
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);

// A process that died, or that failed outside its tests, is one failure of its own.
function readTests(path, name, exitCode) {
  let tests = [];
  try {
    tests = JSON.parse(readFileSync(path, 'utf8')).results.tests;
  } catch {
    console.log(`failed: ${name} ended with exit code ${exitCode} and left no report`);
    return [{ status: 'failed' }];
  }

  if (exitCode !== 0 && !tests.some((test) => test.status === 'failed')) {
    console.log(`failed: ${name} ended with exit code ${exitCode} though no test failed: see what it wrote above`);
    tests.push({ status: 'failed' });
  }

  return tests;
}
