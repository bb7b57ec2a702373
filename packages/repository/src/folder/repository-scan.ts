import { join } from 'node:path';
import { faultCode } from './file-fault.ts';
import { FileTreeLimit, listFileTree } from './file-tree.ts';
import { fingerprintOf } from './fingerprint.ts';
import { listModelNames, locateModel } from './model-location.ts';
import { statSingleFile } from './single-file.ts';

/** Model name → a text that changes when anything of the model changes. */
export type RepositoryScan = ReadonlyMap<string, string>;

/** Models looked at together: enough to keep libuv's pool busy, few enough to leave it to others now and then. */
const SCANS_AT_ONCE = 4;

/**
 * Looks at every file of a repository once, by name, size and times. A model that cannot be read has its error as its state,
 * so that becoming readable is a change like any other. Throws when the root cannot be listed.
 */
export async function scanRepository(root: string, modelsMax: number, charactersMax: number): Promise<RepositoryScan> {
  const names = await listModelNames(root, modelsMax, charactersMax);
  const states = new Map<string, string>();
  const queue = names.values();
  const worker = async (): Promise<void> => {
    for (const name of queue) states.set(name, await modelState(root, name, charactersMax));
  };
  await Promise.all(Array.from({ length: SCANS_AT_ONCE }, worker));
  return states;
}

async function modelState(root: string, name: string, charactersMax: number): Promise<string> {
  try {
    const location = await locateModel(root, name, charactersMax);
    const files =
      location.kind === 'folder'
        ? await listFileTree(join(root, name))
        : await statSingleFile(location.directory, location.fileName);
    return fingerprintOf(files);
  } catch (error) {
    return `unreadable: ${error instanceof FileTreeLimit ? error.message : (faultCode(error) ?? String(error))}`;
  }
}
