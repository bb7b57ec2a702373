/**
 * One install at a time. The lock is a file that only one process can create; its holder touches it every second, so that
 * one left behind by a crash is told from one in use. It lies outside `node_modules`, which `npm ci` empties.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const TOUCH_MS = 1000;
const STALE_MS = 15_000;
const POLL_MS = 200;

/**
 * Waits until this process holds the lock, and returns what gives it back.
 *
 * @param {string} root
 * @param {(holder: string) => void} onWait called once when another process holds it
 * @returns {Promise<() => void>}
 */
export async function acquireInstallLock(root, onWait) {
  const path = join(root, '.cache', 'install.lock');
  const token = JSON.stringify({ pid: process.pid, host: hostname(), nonce: Math.random() });
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  for (;;) {
    if (tryCreate(path, token)) return hold(path, token);
    const holder = readHolder(path);
    if (holder !== undefined && isAbandoned(path, holder)) stealAway(path, holder);
    else if (!told) {
      told = true;
      onWait(describeHolder(holder));
    }
    await delay(POLL_MS);
  }
}

/** The name appears with its content, or not at all. */
function tryCreate(path, token) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, token);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function hold(path, token) {
  const timer = setInterval(() => {
    const now = new Date();
    if (readHolder(path) === token) utimesSync(path, now, now);
  }, TOUCH_MS);
  timer.unref();
  const release = () => {
    clearInterval(timer);
    process.off('exit', release);
    if (readHolder(path) === token) rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}

function isAbandoned(path, holder) {
  try {
    const { pid, host } = JSON.parse(holder);
    if (host === hostname() && !isAlive(pid)) return true;
    return Date.now() - statSync(path).mtimeMs > STALE_MS;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Takes the lock off the path; if it was meanwhile another's, puts that back. */
function stealAway(path, holder) {
  const aside = `${path}.${process.pid}.stolen`;
  try {
    renameSync(path, aside);
    if (readHolder(aside) !== holder) linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readHolder(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function describeHolder(holder) {
  try {
    return `process ${JSON.parse(holder ?? '').pid}`;
  } catch {
    return 'another process';
  }
}
