/**
 * Whether `node_modules` holds what the lock file names.
 *
 * A stamp inside `node_modules` says which lock file, on which platform, was installed to the end. `npm ci` empties the
 * folder first, so an install that was cut short leaves no stamp behind. Where there is no stamp, or an old one, npm's own
 * record (`node_modules/.package-lock.json`, written last) may still show that everything is there: somebody ran npm by
 * hand. Then nothing is installed again.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STAMP = '.rangefinder-installed.json';

/** @param {string} root */
export function wantedState(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return {
    lockSha256: createHash('sha256').update(lock).digest('hex'),
    platform: `${process.platform}-${process.arch}`,
  };
}

/** @param {string} root */
export function isInstalled(root) {
  const wanted = wantedState(root);
  const stamp = readJson(join(root, 'node_modules', STAMP));
  if (stamp?.lockSha256 === wanted.lockSha256 && stamp.platform === wanted.platform) return true;
  if (!agreesWithRecord(root, stamp, wanted.platform)) return false;
  writeStamp(root);
  return true;
}

/** @param {string} root */
export function writeStamp(root) {
  writeFileSync(join(root, 'node_modules', STAMP), `${JSON.stringify(wantedState(root))}\n`);
}

/** @param {string} root */
export function removeStamp(root) {
  rmSync(join(root, 'node_modules', STAMP), { force: true });
}

/**
 * Every package of the lock file is on disk in the version that npm recorded; optional ones may be missing, because they
 * are for other platforms. A stamp from another platform means that the folder was carried here: reinstall.
 *
 * @param {string} root
 * @param {{ platform?: string } | undefined} stamp
 * @param {string} platform
 */
function agreesWithRecord(root, stamp, platform) {
  if (stamp?.platform !== undefined && stamp.platform !== platform) return false;
  const record = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  if (record === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const installed = record[path];
    if (installed === undefined) return entry.optional === true && !fitsHere(entry);
    return (
      installed.version === entry.version &&
      installed.integrity === entry.integrity &&
      existsSync(join(root, path, 'package.json'))
    );
  });
}

/**
 * Whether an optional package is surely meant for this platform: it names both its system and its processor. One that also
 * names a C library may be for the other one.
 *
 * @param {{ os?: string | string[], cpu?: string | string[], libc?: unknown }} entry
 */
function fitsHere({ os, cpu, libc }) {
  return [os].flat().includes(process.platform) && [cpu].flat().includes(process.arch) && libc === undefined;
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
