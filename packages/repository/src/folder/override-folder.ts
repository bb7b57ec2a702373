import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RangefinderError } from '@rangefinder/base';
import { relativeFileProblem } from '../completion/relative-file.ts';
import { FILES_MAX, FOLDER_DEPTH_MAX } from './file-tree.ts';
import { isVersion } from './version-folders.ts';

/**
 * Writes the files of a load request (`<version>/<file>` → content) into a folder of their own that only this user can
 * read, and returns its path; whoever asked removes it. Throws INVALID_ARGUMENT for a path that is not as above.
 */
export async function writeOverrideFolder(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const entries = Object.entries(files);
  if (entries.length > FILES_MAX) {
    throw new RangefinderError(
      'INVALID_ARGUMENT',
      `parameters: expected at most ${FILES_MAX} files, got ${entries.length}`,
    );
  }
  const problems = entries.flatMap(([path]) => pathProblem(path) ?? []);
  if (problems.length > 0) throw new RangefinderError('INVALID_ARGUMENT', problems.join('\n'), { field: 'parameters' });
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-model-'));
  try {
    for (const [path, content] of entries) {
      await mkdir(join(folder, dirname(path)), { recursive: true, mode: 0o700 });
      await writeFile(join(folder, path), content, { mode: 0o600, flag: 'wx' });
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new RangefinderError(
      'RESOURCE_EXHAUSTED',
      `the files of the load request cannot be written: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  return folder;
}

function pathProblem(path: string): string | undefined {
  const field = `parameters.file:${path.slice(0, 80)}`;
  const problem = relativeFileProblem(path);
  if (problem !== undefined) return `${field}: ${problem}`;
  const parts = path.split('/');
  if (parts.length < 2 || !isVersion(parts[0]!))
    return `${field}: expected file:<version>/<name> with a version from 1`;
  return parts.length > FOLDER_DEPTH_MAX ? `${field}: expected at most ${FOLDER_DEPTH_MAX} folders` : undefined;
}
