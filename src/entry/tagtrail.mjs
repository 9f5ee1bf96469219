#!/usr/bin/env node
// The program's first step, in plain JavaScript so that an old Node can still say what is wrong.
const NODE_MAJOR_MIN = 24;
if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  console.error(
    `tagtrail needs Node ${NODE_MAJOR_MIN} or later, this is ${process.version}. npm ci has brought one: run it as "npx tagtrail" or through npm scripts.`,
  );
  process.exit(2);
}
await import('./cli.ts');
