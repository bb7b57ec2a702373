import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidArgument } from '@rangefinder/base';
import { kindOf, modelNameProblem } from '../folder/model-location.ts';
import { listVersions } from '../folder/version-folders.ts';
import { userPartName } from './cut-name.ts';
import type { SplitModel } from './split-model.ts';

export interface SplitFolders {
  /** Of both parts. */
  readonly version: string;
  /** Paths of the two ONNX files. */
  readonly user: string;
  readonly item: string;
}

export interface SplitPlace {
  /** The model repository. */
  readonly root: string;
  /** Of the items' part; the user's is `userPartName` of it. */
  readonly modelName: string;
  /** Left out: one more than the highest that either part has. */
  readonly version?: string | undefined;
  /** Whether a version that is there may be replaced. */
  readonly replace: boolean;
}

const MODEL_NAME_CHARACTERS = 256;
const CONFIGURATIONS = ['model.yaml', 'config.pbtxt'];
/**
 * As many numbers of the user's row are copied for each candidate so that requests can share batches. With more, the copies
 * cost more than sharing saves: `npm run bench -- split-model`.
 */
const COPIED_NUMBERS_MAX = 256;

/**
 * Writes the parts as two models of a repository, under one version number and the user's first, so that rankers find it when
 * the items' part appears. Each file appears whole. Configurations that are there stay; where there is none, one is written.
 * Throws INVALID_ARGUMENT for a name that no model can have and for a version that is there already.
 */
export async function writeSplitFolders(place: SplitPlace, split: SplitModel): Promise<SplitFolders> {
  const { root, modelName } = place;
  const problem = modelNameProblem(userPartName(modelName), MODEL_NAME_CHARACTERS);
  if (problem !== undefined) throw invalidArgument('model name', problem);
  const folders = { user: join(root, userPartName(modelName)), item: join(root, modelName) };
  const version = place.version ?? (await nextVersion(Object.values(folders)));
  const files = {
    user: join(folders.user, version, 'model.onnx'),
    item: join(folders.item, version, 'model.onnx'),
  };
  for (const file of Object.values(files)) {
    if (!place.replace && (await kindOf(file)) !== 'absent')
      throw invalidArgument('version', `${file} is there already`);
  }
  await writePart(folders.user, files.user, split.user, userConfiguration(modelName));
  await writePart(folders.item, files.item, split.item, itemConfiguration(modelName, split));
  return { version, ...files };
}

async function nextVersion(folders: readonly string[]): Promise<string> {
  let highest = 0;
  for (const folder of folders) {
    if ((await kindOf(folder)) === 'folder')
      highest = Math.max(highest, Number((await listVersions(folder)).at(-1) ?? 0));
  }
  return String(highest + 1);
}

async function writePart(folder: string, file: string, bytes: Uint8Array, configuration: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  const found = await Promise.all(CONFIGURATIONS.map((name) => stat(join(folder, name)).catch(() => undefined)));
  if (found.every((one) => one === undefined)) await writeFile(join(folder, 'model.yaml'), configuration);
  // Under a name that no server looks at until it is whole.
  const draft = join(file, '..', '.model.onnx.new');
  try {
    await writeFile(draft, bytes);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function userConfiguration(modelName: string): string {
  return `# The user's part of ${modelName}, written by \`rangefinder split\`: rankers run it once a request, on one row.
max_batch_size: 64
dynamic_batching: true
warmup: zero
versions: latest 2 # while a new cut is loaded, requests find two parts of one
`;
}

function itemConfiguration(modelName: string, { report }: SplitModel): string {
  const numbers = report.cuts
    .flatMap(({ value }) => [value.shape.slice(1).reduce<number>((product, size) => product * (size ?? Infinity), 1)])
    .reduce((sum, one) => sum + one, 0);
  const sharesBatches = numbers <= COPIED_NUMBERS_MAX;
  return `# The items' part of ${modelName}, written by \`rangefinder split\`. It takes what ${userPartName(modelName)} gives,
# ${sharesBatches ? 'a row for each candidate, so that requests share batches.' : 'one row for all candidates of a request: it is wide, and copies would cost more than sharing batches saves.'}
${sharesBatches ? 'max_batch_size: 512\ndynamic_batching: true' : 'max_batch_size: 0'}
warmup: zero
versions: latest 2 # while a new cut is loaded, requests find two parts of one
`;
}
