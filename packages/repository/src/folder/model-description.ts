import { join } from 'node:path';
import { deepFreeze, RangefinderError, type DeepReadonly } from '@rangefinder/base';
import { byteLengthOf, elementCount } from '@rangefinder/tensor';
import { completeConfig, settledFields, type ModelFacts } from '../completion/config-completion.ts';
import { relativeFileProblem } from '../completion/relative-file.ts';
import { toProtocolDataType } from '../config-data-type.ts';
import type { ModelConfig } from '../model-config.ts';
import type { ModelDescription, ModelVersionFiles } from '../model-repository.ts';
import type { ModelSignature } from '../model-signature.ts';
import { problemLine, type WrittenConfig } from '../written/written-config.ts';
import { FileRefused, readBoundedFile } from './bounded-file.ts';
import { describeFault } from './file-fault.ts';

export interface DescriptionParts {
  readonly facts: ModelFacts;
  readonly written: WrittenConfig;
  readonly warnings: readonly string[];
  readonly versions: readonly ModelVersionFiles[];
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** File → size in bytes of the warm-up files that the configuration names. */
  readonly warmupBytes: ReadonlyMap<string, number>;
  readonly modelDirectory: string;
  readonly warmupFileBytesMax: number;
  readonly dispose?: () => Promise<void>;
}

/** One model as its folder described it at one time. */
export class FolderModelDescription implements ModelDescription {
  readonly name: string;
  readonly partialConfig: DeepReadonly<Record<string, unknown>>;
  readonly versions: readonly ModelVersionFiles[];
  readonly warnings: readonly string[];
  readonly #parts: DescriptionParts;

  constructor(parts: DescriptionParts) {
    this.name = parts.facts.name;
    this.partialConfig = deepFreeze({
      ...parts.written.value,
      ...settledFields(parts.written.value, parts.facts),
    });
    this.versions = parts.versions;
    this.warnings = parts.warnings;
    this.#parts = parts;
  }

  complete(signature: ModelSignature): ModelConfig {
    const { written, facts } = this.#parts;
    const { config, problems } = completeConfig(written.value, signature, facts);
    const lines = problems.map(({ path, message }) => problemLine(written.file, written.places, path, message));
    if (lines.length === 0) lines.push(...this.#warmupSizeProblems(config));
    if (lines.length > 0) throw modelInvalid(this.name, lines);
    return config;
  }

  labels(outputName: string): readonly string[] {
    return this.#parts.labels.get(outputName) ?? [];
  }

  async warmupFile(fileName: string): Promise<Uint8Array> {
    const problem = relativeFileProblem(fileName);
    if (problem !== undefined) throw modelInvalid(this.name, [`warmup: ${problem}`]);
    try {
      return await readBoundedFile(
        join(this.#parts.modelDirectory, 'warmup', fileName),
        this.#parts.warmupFileBytesMax,
      );
    } catch (error) {
      const reason = error instanceof FileRefused ? error.message : describeFault(error);
      throw modelInvalid(this.name, [`warmup/${fileName} ${reason}`]);
    }
  }

  async dispose(): Promise<void> {
    await this.#parts.dispose?.();
  }

  /** A file holds one row of its input; for strings only the data tells how long that is. */
  #warmupSizeProblems(config: ModelConfig): string[] {
    const { written, warmupBytes } = this.#parts;
    const lines: string[] = [];
    config.model_warmup.forEach((sample, i) => {
      for (const [name, input] of Object.entries(sample.inputs)) {
        const file = input.input_data_file;
        const actual = file === undefined ? undefined : warmupBytes.get(file);
        const dataType = toProtocolDataType(input.data_type);
        const expected = dataType === undefined ? undefined : byteLengthOf(dataType, elementCount(input.dims));
        if (actual === undefined || expected === undefined || actual === expected) continue;
        const path = ['model_warmup', i, 'inputs', name, 'input_data_file'];
        const message = `expected a file of ${expected} bytes for ${input.data_type} [${input.dims.join(',')}], got ${actual} in ${file}`;
        lines.push(problemLine(written.file, written.places, path, message));
      }
    });
    return lines;
  }
}

/** One MODEL_INVALID for all problems; several are a line each below the name of the model. */
export function modelInvalid(modelName: string, lines: readonly string[]): RangefinderError {
  const separator = lines.length === 1 ? ' ' : '\n';
  return new RangefinderError('MODEL_INVALID', `model ${modelName}:${separator}${lines.join('\n')}`, {
    field: modelName,
  });
}
