import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigPath, Limits } from '@rangefinder/base';
import { chooseBackend, type Backend } from '../completion/backend-name.ts';
import { completeVersionPolicy } from '../completion/config-completion.ts';
import { relativeFileProblem } from '../completion/relative-file.ts';
import { writtenProblems } from '../completion/written-checks.ts';
import type { WrittenFields } from '../completion/written-fields.ts';
import type { ModelOverride } from '../model-repository.ts';
import { problemLine, type WrittenConfig } from '../written/written-config.ts';
import { describeFault } from './file-fault.ts';
import type { TreeFile } from './file-tree.ts';
import type { FolderVersion } from './folder-version.ts';
import { readLabels } from './label-file.ts';
import type { Checksums } from './checksums.ts';
import { FolderModelDescription, modelInvalid } from './model-description.ts';
import type { ModelLocation } from './model-location.ts';
import { NO_FILE, readFolderConfig, readOverrideConfig, withoutConfig } from './model-sources.ts';
import { selectVersions } from './version-folders.ts';
import { findVersions, readVersion, statSharedFiles, type VersionPlace } from './version-reader.ts';

export type ReaderLimits = Pick<Limits, 'modelConfigBytes' | 'tensorBytes'>;

export interface ReadRequest {
  readonly name: string;
  /** undefined for a model that a load request brings along and the repository does not have. */
  readonly location: ModelLocation | undefined;
  readonly override: ModelOverride | undefined;
  /** Where the files of the override were written. */
  readonly overrideFolder: string | undefined;
  readonly dispose?: () => Promise<void>;
  readonly checksums: Checksums;
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
    const shared = this.#folder === undefined ? [] : await statSharedFiles(this.#folder, namedFiles(fields));
    const { versions, facts } = await this.#readVersions(written, fields, this.#versionPlace(fields, names), shared);
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

  #versionPlace(fields: WrittenFields, names: ReadonlySet<string>): VersionPlace {
    const { location, overrideFolder, checksums } = this.#request;
    return { location, overrideFolder, names, modelFilename: fields.default_model_filename ?? '', checksums };
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
      if (output.name === undefined || relativeFileProblem(fileName) !== undefined) continue;
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
        if (file === undefined || relativeFileProblem(file) !== undefined) continue;
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
    place: VersionPlace,
    shared: readonly TreeFile[],
  ): Promise<{ versions: readonly FolderVersion[]; facts?: { backend: Backend; modelFilename: string } }> {
    const found = await findVersions(place);
    this.#problems.push(...found.problems);
    this.#warnings.push(...found.warnings);
    const available = [...found.folders.keys()];
    const { versions: selected, absent } = selectVersions(completeVersionPolicy(fields), available);
    for (const i of absent) {
      const message = `expected a version that is there (${available.join(', ') || 'none'})`;
      this.#addAt(written, ['version_policy', 'specific', 'versions', i], message);
    }
    let backend = chooseBackend(fields.backend ?? '', fields.platform ?? '').backend;
    let modelFilename: string | undefined;
    const versions: FolderVersion[] = [];
    for (const version of selected) {
      const read = await readVersion(version, found.folders.get(version)!, place, backend, shared);
      if ('problem' in read) {
        this.#problems.push(read.problem);
        continue;
      }
      versions.push(read.version);
      // All versions of a model have one backend; the first that is there decides where nothing is written.
      ({ backend } = read);
      modelFilename ??= read.modelFilename;
    }
    if (backend === undefined || modelFilename === undefined) return { versions };
    return { versions, facts: { backend, modelFilename } };
  }

  #addAt(written: WrittenConfig, path: ConfigPath, message: string): void {
    this.#problems.push(problemLine(written.file, written.places, path, message));
  }
}

/** Labels and warm-up data that a configuration names, as paths in the folder of the model. */
function namedFiles(fields: WrittenFields): string[] {
  const labels = (fields.output ?? []).map((output) => output.label_filename ?? '');
  const warmup = (fields.model_warmup ?? []).flatMap((sample) =>
    Object.values(sample.inputs ?? {}).flatMap((input) =>
      input?.input_data_file === undefined ? [] : `warmup/${input.input_data_file}`,
    ),
  );
  return [...labels, ...warmup].filter((path) => relativeFileProblem(path) === undefined);
}
