import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigPath, Limits } from '@rangefinder/base';
import { chooseBackend, type Backend } from '../completion/backend-name.ts';
import { completeVersionPolicy } from '../completion/config-completion.ts';
import { writtenProblems } from '../completion/written-checks.ts';
import type { WrittenFields } from '../completion/written-fields.ts';
import type { ModelOverride } from '../model-repository.ts';
import { problemLine, type WrittenConfig } from '../written/written-config.ts';
import { describeFault } from './file-fault.ts';
import { listFileTree, type TreeFile } from './file-tree.ts';
import { fingerprintOf } from './fingerprint.ts';
import { readLabels } from './label-file.ts';
import { FolderModelDescription, modelInvalid } from './model-description.ts';
import { findModelFile } from './model-file.ts';
import type { ModelLocation } from './model-location.ts';
import {
  PBTXT_FILE,
  readFolderConfig,
  readOverrideConfig,
  withoutConfig,
  NO_FILE,
  YAML_FILE,
} from './model-sources.ts';
import { statSingleFile } from './single-file.ts';
import { listVersions, selectVersions } from './version-folders.ts';
import { FolderVersion } from './folder-version.ts';

export type ReaderLimits = Pick<Limits, 'modelConfigBytes' | 'tensorBytes'>;

export interface ReadRequest {
  readonly name: string;
  /** undefined for a model that a load request brings along and the repository does not have. */
  readonly location: ModelLocation | undefined;
  readonly override: ModelOverride | undefined;
  /** Where the files of the override were written. */
  readonly overrideFolder: string | undefined;
  readonly dispose?: () => Promise<void>;
}

/** Reads one model, all problems together. Throws MODEL_INVALID. */
export async function readModel(request: ReadRequest, limits: ReaderLimits): Promise<FolderModelDescription> {
  return new ModelReader(request, limits).read();
}

class ModelReader {
  readonly #request: ReadRequest;
  readonly #limits: ReaderLimits;
  readonly #problems: string[] = [];
  readonly #warnings: string[] = [];

  constructor(request: ReadRequest, limits: ReaderLimits) {
    this.#request = request;
    this.#limits = limits;
  }

  async read(): Promise<FolderModelDescription> {
    const { name, location } = this.#request;
    const names = await this.#entryNames();
    const written = await this.#readConfig(names);
    const fields = written.value as WrittenFields;
    // A configuration that does not fit the schema says nothing reliable about versions and files.
    if (this.#problems.length > 0) throw modelInvalid(name, this.#problems);
    for (const { path, message } of writtenProblems(fields, name)) this.#addAt(written, path, message);
    const labels = await this.#readLabels(written, fields);
    const warmupBytes = await this.#measureWarmupFiles(written, fields);
    const { backend, platform } = fields;
    const chosen = chooseBackend(backend ?? '', platform ?? '').backend;
    const { versions, facts } = await this.#readVersions(written, fields, chosen, names);
    if (this.#problems.length > 0 || facts === undefined) throw modelInvalid(name, this.#problems);
    return new FolderModelDescription({
      facts: { name, ...facts },
      written,
      warnings: [...written.warnings, ...this.#warnings],
      versions,
      labels,
      warmupBytes,
      modelDirectory: location?.kind === 'folder' ? location.directory : '',
      warmupFileBytesMax: this.#limits.tensorBytes,
      ...(this.#request.dispose === undefined ? {} : { dispose: this.#request.dispose }),
    });
  }

  get #folder(): string | undefined {
    const { location } = this.#request;
    return location?.kind === 'folder' ? location.directory : undefined;
  }

  async #entryNames(): Promise<ReadonlySet<string>> {
    if (this.#folder === undefined) return new Set();
    try {
      return new Set(await readdir(this.#folder));
    } catch (error) {
      throw modelInvalid(this.#request.name, [`the folder ${this.#folder} ${describeFault(error)}`]);
    }
  }

  async #readConfig(names: ReadonlySet<string>): Promise<WrittenConfig> {
    const text = this.#request.override?.config;
    const read =
      text !== undefined
        ? readOverrideConfig(text, this.#limits.modelConfigBytes)
        : this.#folder === undefined
          ? withoutConfig(NO_FILE, [])
          : await readFolderConfig(this.#folder, names, this.#limits.modelConfigBytes);
    this.#problems.push(...read.problems);
    return read.config;
  }

  async #readLabels(written: WrittenConfig, fields: WrittenFields): Promise<ReadonlyMap<string, readonly string[]>> {
    const byOutput = new Map<string, readonly string[]>();
    for (const [i, output] of (fields.output ?? []).entries()) {
      const fileName = output.label_filename ?? '';
      if (fileName === '' || output.name === undefined || this.#problems.length > 0) continue;
      const read =
        this.#folder === undefined
          ? { problem: `${fileName} has no folder to be in` }
          : await readLabels(this.#folder, fileName);
      if ('labels' in read) byOutput.set(output.name, read.labels);
      else this.#addAt(written, ['output', i, 'label_filename'], read.problem);
    }
    return byOutput;
  }

  async #measureWarmupFiles(written: WrittenConfig, fields: WrittenFields): Promise<ReadonlyMap<string, number>> {
    const bytes = new Map<string, number>();
    for (const [i, sample] of (fields.model_warmup ?? []).entries()) {
      for (const [name, input] of Object.entries(sample.inputs ?? {})) {
        const file = input?.input_data_file;
        if (file === undefined || this.#problems.length > 0) continue;
        const problem = await this.#measureWarmupFile(file, bytes);
        if (problem !== undefined)
          this.#addAt(written, ['model_warmup', i, 'inputs', name, 'input_data_file'], problem);
      }
    }
    return bytes;
  }

  async #measureWarmupFile(file: string, bytes: Map<string, number>): Promise<string | undefined> {
    if (this.#folder === undefined) return `warmup/${file} has no folder to be in`;
    try {
      const stats = await stat(join(this.#folder, 'warmup', file));
      if (!stats.isFile()) return `warmup/${file} is not a regular file`;
      const { tensorBytes } = this.#limits;
      if (stats.size > tensorBytes)
        return `warmup/${file} has ${stats.size} bytes, more than the limit of ${tensorBytes}`;
      bytes.set(file, stats.size);
      return undefined;
    } catch (error) {
      return `warmup/${file} ${describeFault(error)}`;
    }
  }

  async #readVersions(
    written: WrittenConfig,
    fields: WrittenFields,
    backend: Backend | undefined,
    names: ReadonlySet<string>,
  ): Promise<{ versions: readonly FolderVersion[]; facts?: { backend: Backend; modelFilename: string } }> {
    const folders = await this.#versionFolders(fields, names);
    const available = [...folders.keys()];
    const { versions, absent } = selectVersions(completeVersionPolicy(fields), available);
    for (const i of absent) {
      const found = available.length === 0 ? 'none' : available.join(', ');
      this.#addAt(
        written,
        ['version_policy', 'specific', 'versions', i],
        `expected a version that is there (${found})`,
      );
    }
    const shared = await this.#sharedFiles(names);
    const found: FolderVersion[] = [];
    let facts: { backend: Backend; modelFilename: string } | undefined;
    for (const version of versions) {
      const read = await this.#readVersion(version, folders.get(version)!, fields, facts?.backend ?? backend, shared);
      if (read === undefined) continue;
      found.push(read.files);
      facts ??= { backend: read.backend, modelFilename: read.fileName };
    }
    return facts === undefined ? { versions: found } : { versions: found, facts };
  }

  /** Version → folder, ascending. Without version folders, a model file right in the model's folder is version 1. */
  async #versionFolders(fields: WrittenFields, names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const { location, overrideFolder } = this.#request;
    const folder = overrideFolder ?? this.#folder;
    if (folder === undefined) return new Map(location === undefined ? [] : [['1', location.directory]]);
    let versions: readonly string[];
    try {
      versions = await listVersions(folder);
    } catch (error) {
      this.#problems.push(`the folder ${folder} ${describeFault(error)}`);
      return new Map();
    }
    if (versions.length > 0) {
      const loose = [...names].filter((name) => name.endsWith('.onnx') || name === 'model.json');
      if (overrideFolder === undefined && loose.length > 0)
        this.#warnings.push(`${loose[0]}: ignored beside the version folders`);
      return new Map(versions.map((version) => [version, join(folder, version)]));
    }
    const wanted = fields.default_model_filename ?? '';
    const direct =
      wanted === '' ? names.has('model.onnx') || names.has('model.json') : names.has(wanted.split('/')[0]!);
    if (direct && overrideFolder === undefined) return new Map([['1', folder]]);
    this.#problems.push(
      'expected a version folder (1, 2, …) with the model in it, or model.onnx in the folder of the model; ' +
        (names.size === 0 ? 'the folder is empty' : `got ${[...names].sort().slice(0, 5).join(', ')}`),
    );
    return new Map();
  }

  async #readVersion(
    version: string,
    directory: string,
    fields: WrittenFields,
    backend: Backend | undefined,
    shared: readonly TreeFile[],
  ): Promise<{ files: FolderVersion; backend: Backend; fileName: string } | undefined> {
    const { location, overrideFolder } = this.#request;
    const singleFile = location?.kind === 'file' && overrideFolder === undefined ? location.fileName : undefined;
    const found = await findModelFile(directory, backend, singleFile ?? fields.default_model_filename ?? '');
    if ('problem' in found) {
      this.#problems.push(`version ${version}: ${found.problem}`);
      return undefined;
    }
    try {
      const files = await versionFiles(directory, directory === this.#folder, singleFile);
      const fingerprint = fingerprintOf([...shared, ...files]);
      const modelVersion = new FolderVersion({ version, directory, modelPath: found.modelPath, fingerprint, files });
      return { files: modelVersion, backend: found.backend, fileName: found.fileName };
    } catch (error) {
      this.#problems.push(`version ${version}: the folder ${directory} ${describeFault(error)}`);
      return undefined;
    }
  }

  /** What belongs to every version: the configuration, labels, warm-up data. */
  async #sharedFiles(names: ReadonlySet<string>): Promise<readonly TreeFile[]> {
    const folder = this.#folder;
    if (folder === undefined) return [];
    const files: TreeFile[] = [];
    try {
      for (const name of [...names].sort()) {
        const absolutePath = join(folder, name);
        if (name === 'warmup') {
          files.push(...(await listFileTree(absolutePath)).map((file) => ({ ...file, path: `warmup/${file.path}` })));
          continue;
        }
        const stats = await stat(absolutePath, { bigint: true }).catch(() => undefined);
        if (stats?.isFile() === true) files.push({ path: name, absolutePath, stats });
      }
    } catch (error) {
      this.#problems.push(`the folder ${folder} ${describeFault(error)}`);
    }
    return files;
  }

  #addAt(written: WrittenConfig, path: ConfigPath, message: string): void {
    this.#problems.push(problemLine(written.file, written.places, path, message));
  }
}

/**
 * The files of one version. A model without version folders does not count its configuration and warm-up data as weights; a
 * single file beside the models comes with its external data, which ONNX tools name after it.
 */
async function versionFiles(
  directory: string,
  isModelFolder: boolean,
  singleFile: string | undefined,
): Promise<readonly TreeFile[]> {
  if (singleFile !== undefined) return statSingleFile(directory, singleFile);
  const files = await listFileTree(directory);
  if (!isModelFolder) return files;
  return files.filter(({ path }) => path !== PBTXT_FILE && path !== YAML_FILE && !path.startsWith('warmup/'));
}
