import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '../completion/backend-name.ts';
import { describeFault } from './file-fault.ts';
import type { Checksums } from './checksums.ts';
import { listFileTree, type TreeFile } from './file-tree.ts';
import { fingerprintOf } from './fingerprint.ts';
import { FolderVersion } from './folder-version.ts';
import { findModelFile } from './model-file.ts';
import type { ModelLocation } from './model-location.ts';
import { PBTXT_FILE, YAML_FILE } from './model-sources.ts';
import { statSingleFile } from './single-file.ts';
import { listVersions } from './version-folders.ts';

/** Where the versions of one model are. */
export interface VersionPlace {
  readonly location: ModelLocation | undefined;
  /** Where the files of a load request were written; their versions are then the only ones. */
  readonly overrideFolder: string | undefined;
  /** Entries of the model's own folder; empty without one. */
  readonly names: ReadonlySet<string>;
  /** As the configuration has it; empty for the default of the backend. */
  readonly modelFilename: string;
  readonly checksums: Checksums;
}

export interface FoundVersions {
  /** Version → folder, ascending. */
  readonly folders: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** The versions that are there, whatever the policy. Without version folders, a model file right in the folder is version 1. */
export async function findVersions(place: VersionPlace): Promise<FoundVersions> {
  const { location, overrideFolder, names, modelFilename } = place;
  const none = { folders: new Map<string, string>(), problems: [], warnings: [] };
  const folder = overrideFolder ?? (location?.kind === 'folder' ? location.directory : undefined);
  if (folder === undefined)
    return location === undefined ? none : { ...none, folders: new Map([['1', location.directory]]) };
  let versions: readonly string[];
  try {
    versions = await listVersions(folder);
  } catch (error) {
    return { ...none, problems: [`the folder ${folder} ${describeFault(error)}`] };
  }
  if (versions.length > 0) {
    const loose = [...names].find((name) => name.endsWith('.onnx') || name === 'model.json');
    const warnings =
      overrideFolder === undefined && loose !== undefined ? [`${loose}: ignored beside the version folders`] : [];
    return { folders: new Map(versions.map((version) => [version, join(folder, version)])), problems: [], warnings };
  }
  const wanted = modelFilename === '' ? ['model.onnx', 'model.json'] : [modelFilename.split('/')[0]!];
  if (overrideFolder === undefined && wanted.some((name) => names.has(name)))
    return { ...none, folders: new Map([['1', folder]]) };
  const got = names.size === 0 ? 'an empty folder' : [...names].sort().slice(0, 5).join(', ');
  const problem = `expected a version folder (1, 2, …) with the model in it, or model.onnx in the folder of the model, got ${got}`;
  return { ...none, problems: [problem] };
}

export type ReadVersion =
  | { readonly version: FolderVersion; readonly backend: Backend; readonly modelFilename: string }
  | { readonly problem: string };

/** Finds the model file of one version and fingerprints its files together with those that all versions share. */
export async function readVersion(
  version: string,
  directory: string,
  place: VersionPlace,
  backend: Backend | undefined,
  shared: readonly TreeFile[],
): Promise<ReadVersion> {
  const { location, overrideFolder, modelFilename, checksums } = place;
  const singleFile = location?.kind === 'file' && overrideFolder === undefined ? location.fileName : undefined;
  const found = await findModelFile(directory, backend, singleFile ?? modelFilename);
  if ('problem' in found) return { problem: `version ${version}: ${found.problem}` };
  const isModelFolder = location?.kind === 'folder' && location.directory === directory;
  try {
    const files =
      singleFile === undefined
        ? await folderFiles(directory, isModelFolder)
        : await statSingleFile(directory, singleFile);
    const fingerprint = fingerprintOf([...shared, ...files]);
    const parts = { version, directory, modelPath: found.modelPath, fingerprint, files, checksums };
    return { version: new FolderVersion(parts), backend: found.backend, modelFilename: found.fileName };
  } catch (error) {
    return { problem: `version ${version}: the folder ${directory} ${describeFault(error)}` };
  }
}

/** A model without version folders does not count its configuration and warm-up data as weights. */
async function folderFiles(directory: string, isModelFolder: boolean): Promise<readonly TreeFile[]> {
  const files = await listFileTree(directory);
  if (!isModelFolder) return files;
  return files.filter(({ path }) => path !== PBTXT_FILE && path !== YAML_FILE && !path.startsWith('warmup/'));
}

/** What belongs to every version: the configuration and the files that it names. Those that are not there are left out. */
export async function statSharedFiles(directory: string, paths: readonly string[]): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = [];
  for (const path of [...new Set([PBTXT_FILE, YAML_FILE, ...paths])].sort()) {
    const absolutePath = join(directory, path);
    const stats = await stat(absolutePath, { bigint: true }).catch(() => undefined);
    if (stats?.isFile() === true) files.push({ path, absolutePath, stats });
  }
  return files;
}
