import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { VersionPolicy } from '../model-config.ts';
import { kindOf } from './model-location.ts';

/** As in Triton: a positive number without leading zeros. Fifteen digits are exact as a JavaScript number. */
const VERSION = /^[1-9]\d{0,14}$/;

/** Version folders of one model. */
const VERSIONS_MAX = 10_000;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Versions of a model folder, ascending by number; folders with other names are no versions. File system errors pass. */
export async function listVersions(modelDirectory: string): Promise<readonly string[]> {
  const versions: string[] = [];
  for await (const entry of await opendir(modelDirectory, { bufferSize: 128 })) {
    if (!isVersion(entry.name) || versions.length >= VERSIONS_MAX) continue;
    if (entry.isDirectory() || (await kindOf(join(modelDirectory, entry.name))) === 'folder') versions.push(entry.name);
  }
  return versions.sort((a, b) => Number(a) - Number(b));
}

export interface SelectedVersions {
  /** Ascending. */
  readonly versions: readonly string[];
  /** Asked for by `specific` and not there, by index into its list. */
  readonly absent: readonly number[];
}

export function selectVersions(policy: VersionPolicy, available: readonly string[]): SelectedVersions {
  if ('all' in policy) return { versions: available, absent: [] };
  if ('latest' in policy) return { versions: available.slice(-policy.latest.num_versions), absent: [] };
  const wanted = policy.specific.versions.map(String);
  return {
    versions: available.filter((version) => wanted.includes(version)),
    absent: wanted.flatMap((version, i) => (available.includes(version) ? [] : [i])),
  };
}
