/**
 * What no linter looks at: the length of files, paths of one machine, hosts of registries, notes to self, imports that
 * climb out of a package, and the licences of what is installed. `node scripts/tidy.ts` prints what it finds.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkText, type Finding } from './tidy/text-checks.ts';
import { checkLicences } from './tidy/licences.ts';

export const ROOT = join(import.meta.dirname, '..');

const TEXT = /\.(ts|tsx|mjs|js|json|md|yaml|yml|py|sh|html|css|pbtxt|txt)$|^(\.ci\/run|NOTICE|\.npmrc|\.gitignore)$/;
const EXEMPT = /^package-lock\.json$|^scripts\/test\/planted\/|^packages\/[^/]+\/src\/gen\/|^LICENSE$/;

/** Tracked files and those that would be: without git (a source archive) there is nothing to say. */
export function sourceFiles(): string[] {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return [...new Set(listing.split('\0'))].filter((path) => TEXT.test(path) && !EXEMPT.test(path)).sort();
}

export function tidy(): Finding[] {
  const findings = sourceFiles().flatMap((path) => {
    const text = readIfThere(join(ROOT, path));
    return text === undefined ? [] : checkText(path, text);
  });
  return [...findings, ...checkLicences(join(ROOT, 'node_modules'))];
}

/** A file that was deleted but is still tracked is no concern of ours. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const findings = tidy();
  for (const { severity, where, problem } of findings) console.log(`${severity}: ${where}: ${problem}`);
  if (findings.some((finding) => finding.severity === 'error')) process.exitCode = 1;
}
