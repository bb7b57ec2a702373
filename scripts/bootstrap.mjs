#!/usr/bin/env node
/**
 * The only file that runs on whatever Node a machine has (20 or later). It makes sure that what the lock file names is
 * installed, finds the Node 24 that came with it, and runs the rest there:
 *
 *     node scripts/bootstrap.mjs start [flags of the server]
 *     node scripts/bootstrap.mjs test [files or flags of node --test]
 *     node scripts/bootstrap.mjs check
 *     node scripts/bootstrap.mjs run FILE [arguments]
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootstrapError } from './bootstrap/bootstrap-error.mjs';
import { ensureInstalled } from './bootstrap/install.mjs';
import { launch } from './bootstrap/launch.mjs';
import { findRuntime } from './bootstrap/runtime.mjs';

const SCRIPTS = {
  start: 'scripts/start.ts',
  test: 'scripts/test.ts',
  check: 'scripts/check.ts',
};

const USAGE = 'usage: node scripts/bootstrap.mjs start|test|check [arguments], or run FILE [arguments]';

/** @param {string[]} argv */
async function main(argv) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const [verb = '', ...rest] = argv;
  const [script, ...args] = verb === 'run' ? rest : [SCRIPTS[verb], ...rest];
  if (script === undefined) throw new BootstrapError(USAGE, 2);

  await ensureInstalled(root);
  const runtime = findRuntime(root);
  await launch(runtime, [join(root, script), ...args], { handsOverSignals: verb === 'start' });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(`\n${error.message}\n`);
  process.exitCode = error.exitCode;
}
