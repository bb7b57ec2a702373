import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BACKENDS, type Backend } from '../completion/backend-name.ts';
import { kindOf } from './model-location.ts';

export type FoundModelFile =
  | { readonly backend: Backend; readonly fileName: string; readonly modelPath: string }
  | { readonly problem: string };

/**
 * The model file in a version folder: `fileName` if the configuration names one, else the default of the backend, else
 * whichever default is there. A folder of that name holds the file and its external data, `model.onnx/model.onnx`.
 */
export async function findModelFile(
  directory: string,
  backend: Backend | undefined,
  fileName: string,
): Promise<FoundModelFile> {
  const candidates =
    backend === undefined ? BACKENDS.filter((candidate) => fileName === '' || suits(candidate, fileName)) : [backend];
  for (const candidate of candidates) {
    const name = fileName === '' ? candidate.modelFilename : fileName;
    const path = join(directory, name);
    const kind = await kindOf(path);
    if (kind === 'file') return { backend: candidate, fileName: name, modelPath: path };
    if (kind !== 'folder') continue;
    const inner = join(path, candidate.modelFilename);
    if ((await kindOf(inner)) === 'file') return { backend: candidate, fileName: name, modelPath: inner };
    return { problem: `${name} is a folder without ${candidate.modelFilename} in it` };
  }
  const names = fileName === '' ? candidates.map((candidate) => candidate.modelFilename).join(' or ') : fileName;
  return { problem: `expected ${names === '' ? fileName : names}${await otherFilesHint(directory)}` };
}

function suits(backend: Backend, fileName: string): boolean {
  return (
    backend.modelFilename.slice(backend.modelFilename.lastIndexOf('.')) === fileName.slice(fileName.lastIndexOf('.'))
  );
}

async function otherFilesHint(directory: string): Promise<string> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch {
    return ', got a folder that cannot be read';
  }
  if (names.length === 0) return ', got an empty folder';
  const models = names.filter((name) => name.endsWith('.onnx')).sort();
  return models.length > 0
    ? `, got ${models.slice(0, 3).join(', ')} (name it in default_model_filename)`
    : `, got ${names.sort().slice(0, 3).join(', ')}`;
}
