// Runs every test and ends with one line: N passed, N failed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';

const REPORT = 'test-results/vitest.json';
mkdirSync('test-results', { recursive: true });
rmSync(REPORT, { force: true });
const run = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
let passed = 0;
let failed = 1;
let skipped = 0;
try {
  const report = JSON.parse(readFileSync(REPORT, 'utf8'));
  // A file that cannot be loaded has no tests to count, yet it failed.
  const broken = report.testResults.filter(
    (f: { status: string; assertionResults: unknown[] }) => f.status === 'failed' && f.assertionResults.length === 0,
  );
  passed = report.numPassedTests;
  failed = report.numFailedTests + broken.length;
  skipped = report.numPendingTests;
  if (run.status !== 0 && failed === 0) failed = 1; // an unhandled error outside of any test
} catch {
  console.error('The test run left no report.');
}
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed ? 1 : (run.status ?? 1);
