import { basename } from 'node:path';
import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import { BUILTIN_FILE_NAME, type Engine, type LoadedModel } from '@rangefinder/engines';
import type { ModelConfig, ModelDescription, ModelRepository, ModelVersionFiles } from '@rangefinder/repository';
import type { TensorSpec } from '@rangefinder/tensor';
import { providerProblems } from './provider-check.ts';

/** What check found out about one model. It is sound when `problems` is empty. */
export interface CheckedModel {
  readonly name: string;
  readonly versions: readonly CheckedVersion[];
  /** Each names its file and field, as far as it has one. */
  readonly problems: readonly string[];
}

interface CheckedVersion {
  readonly version: string;
  /** undefined where it was not loaded, or could not be. */
  readonly loaded: LoadedFacts | undefined;
}

export interface LoadedFacts {
  readonly memoryBytes: number;
  readonly loadDurationMs: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export interface CheckParts {
  readonly repository: ModelRepository;
  /** By the name that configurations give as `backend`; undefined to load nothing. */
  readonly engines: ReadonlyMap<string, Engine> | undefined;
  readonly signal: AbortSignal;
}

/**
 * Checks one model: its configuration and files, and, with engines, that each version loads and fits its configuration. Nothing
 * stays loaded. Never rejects for what is wrong with the model.
 */
export async function checkModel(name: string, parts: CheckParts): Promise<CheckedModel> {
  let description: ModelDescription;
  try {
    description = await parts.repository.read(name);
  } catch (error) {
    return { name, versions: [], problems: [problemText(error)] };
  }
  const { versions } = description;
  if (versions.length === 0) return { name, versions: [], problems: ['no version that the version policy selects'] };
  const problems: string[] = [];
  const checked: CheckedVersion[] = [];
  for (const files of versions) {
    const prefix = versions.length > 1 ? `version ${files.version}: ` : '';
    const result =
      parts.engines === undefined
        ? NOTHING_LOADED
        : await checkVersion(description, files, parts.engines, parts.signal);
    problems.push(...result.problems.map((problem) => prefix + problem));
    checked.push({ version: files.version, loaded: result.loaded });
  }
  return { name, versions: checked, problems: [...new Set(problems)] };
}

interface VersionResult {
  readonly loaded: LoadedFacts | undefined;
  readonly problems: readonly string[];
}

/** Other names that configurations use for engines. */
const ENGINE_NAMES: Readonly<Record<string, string>> = { onnxruntime: 'onnx', onnxruntime_onnx: 'onnx' };

const NOTHING_LOADED: VersionResult = { loaded: undefined, problems: [] };

async function checkVersion(
  description: ModelDescription,
  files: ModelVersionFiles,
  engines: ReadonlyMap<string, Engine>,
  signal: AbortSignal,
): Promise<VersionResult> {
  let model: LoadedModel | undefined;
  try {
    const engine = engineFor(description, files, engines);
    const startedMs = performance.now();
    model = await engine.load(loadRequest(description, files), signal);
    const loadDurationMs = performance.now() - startedMs;
    const { signature, memoryBytes } = model;
    const config: ModelConfig = description.complete(signature);
    const problems = providerProblems(config, await engine.describe({ tryDevices: true }));
    return { loaded: { memoryBytes, loadDurationMs, inputs: signature.inputs, outputs: signature.outputs }, problems };
  } catch (error) {
    signal.throwIfAborted();
    return { loaded: undefined, problems: [problemText(error)] };
  } finally {
    await model?.unload();
  }
}

/** By what the configuration says; where it says nothing, the kind of model file tells. */
function engineFor(
  { partialConfig }: ModelDescription,
  files: ModelVersionFiles,
  engines: ReadonlyMap<string, Engine>,
): Engine {
  const written = [partialConfig['backend'], partialConfig['platform']].find(
    (value): value is string => typeof value === 'string' && value !== '',
  );
  const name = written ?? (basename(files.modelPath) === BUILTIN_FILE_NAME ? 'builtin' : 'onnx');
  const engine = engines.get(ENGINE_NAMES[name] ?? name);
  if (engine === undefined) {
    const known = [...engines.keys()].join(', ');
    throw new RangefinderError('MODEL_INVALID', `backend: expected one of ${known}, found ${JSON.stringify(name)}`);
  }
  return engine;
}

/** With the options that every machine can serve: one instance, on the CPU. */
function loadRequest(description: ModelDescription, files: ModelVersionFiles): Parameters<Engine['load']>[0] {
  return {
    modelName: description.name,
    modelVersion: files.version,
    modelPath: files.modelPath,
    instances: 1,
    options: {
      intraOpThreads: 0,
      interOpThreads: 0,
      graphOptimizationLevel: 'all',
      executionProviders: [],
      memoryArena: true,
      optimizedModelCacheDir: undefined,
      extra: {},
    },
  };
}

function problemText(error: unknown): string {
  const { code, message } = toRangefinderError(error);
  return code === 'INTERNAL' ? `unexpected: ${message}` : message;
}
