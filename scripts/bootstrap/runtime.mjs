/**
 * The Node that runs the rest: version 24, which npm delivered as a package for this platform, or the current one where
 * there is no such package and it is new enough.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';

const MAJOR_MIN = 24;

/**
 * @param {string} root
 * @param {{ platform: string, arch: string, version: string, execPath: string, isMusl: boolean }} [host]
 * @returns {string} path of the executable
 */
export function findRuntime(root, host = thisHost()) {
  const name = `node-${host.platform === 'win32' ? 'win' : host.platform}-${host.arch}`;
  const folder = join(root, 'node_modules', name);
  const executable = join(folder, 'bin', host.platform === 'win32' ? 'node.exe' : 'node');
  if (!host.isMusl && existsSync(executable) && majorOf(readVersion(folder)) >= MAJOR_MIN) return executable;
  if (majorOf(host.version) >= MAJOR_MIN) return host.execPath;
  throw new BootstrapError(
    [
      `Rangefinder runs on Node ${MAJOR_MIN} or later. This is Node ${host.version} on ${host.platform}-${host.arch}${host.isMusl ? ' (musl)' : ''},`,
      `for which npm delivers no Node ${MAJOR_MIN}. Install Node ${MAJOR_MIN} and run the same command again.`,
    ].join('\n'),
  );
}

function thisHost() {
  return {
    platform: process.platform,
    arch: process.arch,
    version: process.versions.node,
    execPath: process.execPath,
    isMusl:
      process.platform === 'linux' &&
      existsSync(`/lib/ld-musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`) &&
      !hasGlibc(),
  };
}

function hasGlibc() {
  return process.report?.getReport().header.glibcVersionRuntime !== undefined;
}

function readVersion(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  } catch {
    return '0.0.0';
  }
}

function majorOf(version) {
  return Number(String(version).split('.')[0]);
}
