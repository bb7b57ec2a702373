#!/usr/bin/env node
// Plain JavaScript that any Node reads, so that an old one gets a sentence and not a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `rangefinder needs Node 24 or later; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 2;
} else {
  await import('../src/main.ts');
}
