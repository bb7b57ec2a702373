/** Installs the lock file's dependencies when they are missing or stale. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';
import { explainNpmFailure } from './npm-failure.mjs';
import { acquireInstallLock } from './install-lock.mjs';
import { isInstalled, removeStamp, writeStamp } from './install-state.mjs';
import { startProgress } from './progress.mjs';

/** @param {string} root */
export async function ensureInstalled(root) {
  if (!existsSync(join(root, 'package-lock.json'))) {
    throw new BootstrapError(
      `package-lock.json is missing in ${root}: this is not a complete checkout of Rangefinder.`,
    );
  }
  if (isInstalled(root)) return;
  const release = await acquireInstallLock(root, (holder) => {
    console.error(`Waiting for ${holder}, which is installing the dependencies …`);
  });
  try {
    if (!isInstalled(root)) await install(root);
  } finally {
    release();
  }
}

/** @param {string} root */
async function install(root) {
  const first = !existsSync(join(root, 'node_modules'));
  const progress = startProgress(
    first ? 'Installing dependencies' : 'The lock file has changed: installing dependencies',
  );
  removeStamp(root);
  const { code, signal, output } = await runNpm(root, [
    'ci',
    '--loglevel=error',
    '--include=dev',
    '--include=optional',
  ]);
  if (code !== 0) {
    progress.fail();
    if (signal !== null)
      throw new BootstrapError(`The installation was stopped by ${signal}. Run the same command again.`, 130);
    throw new BootstrapError(explainNpmFailure(output));
  }
  writeStamp(root);
  progress.done();
}

/**
 * The npm that runs us, or the one on the PATH.
 *
 * @param {string} root
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, signal: string | null, output: string }>}
 */
function runNpm(root, args) {
  const own = process.env.npm_execpath;
  const isScript = own !== undefined && /npm-cli\.c?js$/.test(own) && existsSync(own);
  const command = isScript ? process.execPath : process.platform === 'win32' ? 'npm.cmd' : 'npm';
  return new Promise((resolve, reject) => {
    const child = spawn(command, isScript ? [own, ...args] : args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && !isScript,
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-65_536);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const stop = forwardStops(child);
    child.on('error', (error) => {
      stop();
      const missing = new BootstrapError('npm was not found. Install Node with npm (20 or later) and run this again.');
      reject(error instanceof Error && 'code' in error && error.code === 'ENOENT' ? missing : error);
    });
    child.on('close', (code, signal) => {
      stop();
      resolve({ code, signal, output });
    });
  });
}

/** A stop that comes while npm works ends npm, and through it us. */
function forwardStops(child) {
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  return () => {
    process.off('SIGINT', forward);
    process.off('SIGTERM', forward);
  };
}
