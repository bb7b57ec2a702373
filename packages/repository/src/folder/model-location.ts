import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RangefinderError } from '@rangefinder/base';
import { describeFault, isAbsence } from './file-fault.ts';

/** Where a model lies: its folder, or one file beside the folders. */
export type ModelLocation =
  | { readonly kind: 'folder'; readonly directory: string }
  | { readonly kind: 'file'; readonly directory: string; readonly fileName: string };

const SINGLE_FILE_SUFFIX = '.onnx';

/** Why a name cannot be that of a model, or undefined. A name is one folder of the repository, and never a hidden one. */
export function modelNameProblem(name: string, charactersMax: number): string | undefined {
  if (name === '' || name.length > charactersMax)
    return `expected a model name of 1 to ${charactersMax} characters, got ${name.length}`;
  if (/[\p{Cc}/\\]/u.test(name) || name.startsWith('.')) {
    return `expected a model name without slashes, control characters and a leading dot, got ${JSON.stringify(name.slice(0, 80))}`;
  }
  return undefined;
}

/**
 * Names of the models in a repository, sorted: folders that are not hidden, and files `<name>.onnx`. Symbolic links count as
 * what they point to; broken ones count as nothing. Throws NOT_FOUND or UNAVAILABLE when the root itself cannot be read,
 * RESOURCE_EXHAUSTED for more than `modelsMax`.
 */
export async function listModelNames(
  root: string,
  modelsMax: number,
  charactersMax: number,
): Promise<readonly string[]> {
  const names = new Set<string>();
  try {
    for await (const entry of await opendir(root, { bufferSize: 128 })) {
      const name = await modelNameOf(root, entry.name, entry.isDirectory(), entry.isSymbolicLink());
      if (name !== undefined && modelNameProblem(name, charactersMax) === undefined) names.add(name);
      if (names.size > modelsMax) {
        throw new RangefinderError(
          'RESOURCE_EXHAUSTED',
          `model repository ${root}: expected at most ${modelsMax} models`,
        );
      }
    }
  } catch (error) {
    if (error instanceof RangefinderError) throw error;
    const code = isAbsence(error) ? 'NOT_FOUND' : 'UNAVAILABLE';
    throw new RangefinderError(code, `model repository ${root} ${describeFault(error)}`, { cause: error });
  }
  return [...names].sort();
}

async function modelNameOf(
  root: string,
  entry: string,
  isDirectory: boolean,
  isLink: boolean,
): Promise<string | undefined> {
  const isFolder = isDirectory || (isLink && (await kindOf(join(root, entry))) === 'folder');
  if (isFolder) return entry;
  const isModelFile = entry.endsWith(SINGLE_FILE_SUFFIX) && (await kindOf(join(root, entry))) === 'file';
  return isModelFile ? entry.slice(0, -SINGLE_FILE_SUFFIX.length) : undefined;
}

/** Throws NOT_FOUND, or MODEL_INVALID for a name that both a folder and a file have. */
export async function locateModel(root: string, name: string, charactersMax: number): Promise<ModelLocation> {
  const problem = modelNameProblem(name, charactersMax);
  // A name that cannot be is a model that is not there; the words help whoever typed it.
  if (problem !== undefined) throw new RangefinderError('NOT_FOUND', problem);
  const fileName = `${name}${SINGLE_FILE_SUFFIX}`;
  const [folderKind, fileKind] = await Promise.all([kindOf(join(root, name)), kindOf(join(root, fileName))]);
  if (folderKind === 'folder' && fileKind === 'file') {
    throw new RangefinderError(
      'MODEL_INVALID',
      `model ${name}: expected either the folder ${name} or the file ${fileName}, got both`,
    );
  }
  if (folderKind === 'folder') return { kind: 'folder', directory: join(root, name) };
  if (fileKind === 'file') return { kind: 'file', directory: root, fileName };
  throw new RangefinderError('NOT_FOUND', `model ${JSON.stringify(name)} is not in the repository ${root}`);
}

export async function kindOf(path: string): Promise<'folder' | 'file' | 'other' | 'absent'> {
  try {
    const stats = await stat(path);
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other';
  } catch {
    // Whatever keeps it from being looked at keeps it from being used; reading it says why.
    return 'absent';
  }
}
