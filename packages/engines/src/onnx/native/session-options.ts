import { RangefinderError } from '@rangefinder/base';
import type { ExecutionProvider } from '../../engine.ts';
import { Scratch, StringArray } from './native-memory.ts';
import type { Address, OrtApi } from './ort-api.ts';
import type { OrtLibrary } from './ort-library.ts';
import { checkStatus, takeError } from './ort-status.ts';

/** Everything that a session is created with, compiled from `EngineOptions`. */
export interface SessionSettings {
  readonly intraOpThreads: number;
  readonly interOpThreads: number;
  /** `GraphOptimizationLevel` of onnxruntime_c_api.h. */
  readonly optimizationLevel: number;
  readonly memoryArena: boolean;
  readonly executionProviders: readonly ExecutionProvider[];
  /** Session configuration entries by ONNX Runtime's names, see onnxruntime_session_options_config_keys.h. */
  readonly configuration: Readonly<Record<string, string>>;
}

export const OPTIMIZATION_LEVELS = Object.freeze({ disabled: 0, basic: 1, extended: 2, all: 99 });
const EXECUTION_MODE_PARALLEL = 1;

/** How `appendExecutionProvider` spells the names that users write. */
const GENERIC_NAMES: Readonly<Record<string, string>> = Object.freeze({
  webgpu: 'WebGPU',
  xnnpack: 'XNNPACK',
  coreml: 'CoreML',
  openvino: 'OpenVINO',
  directml: 'DML',
  dml: 'DML',
  qnn: 'QNN',
  webnn: 'WEBNN',
  azure: 'AZURE',
  vitisai: 'VitisAI',
});

/** The session options; the caller releases them. `optimizedPath`: where to write the optimised model, if anywhere. */
export function createSessionOptions(
  library: OrtLibrary,
  settings: SessionSettings,
  optimizedPath: string | undefined,
): Address {
  const { api } = library;
  const out = new Scratch();
  checkStatus(api, api.createSessionOptions(out.address));
  const options = out.pointer();
  try {
    checkStatus(api, api.setIntraOpNumThreads(options, settings.intraOpThreads));
    checkStatus(api, api.setInterOpNumThreads(options, settings.interOpThreads));
    if (settings.interOpThreads > 1) {
      checkStatus(api, api.setSessionExecutionMode(options, EXECUTION_MODE_PARALLEL));
    }
    checkStatus(api, api.setSessionGraphOptimizationLevel(options, settings.optimizationLevel));
    if (settings.memoryArena) {
      checkStatus(api, api.enableCpuMemArena(options));
    } else {
      checkStatus(api, api.disableCpuMemArena(options));
      checkStatus(api, api.disableMemPattern(options));
    }
    for (const [key, value] of Object.entries(settings.configuration)) {
      checkStatus(api, api.addSessionConfigEntry(options, key, value));
    }
    if (optimizedPath !== undefined) checkStatus(api, api.setOptimizedModelFilePath(options, optimizedPath));
    for (const provider of settings.executionProviders) appendExecutionProvider(api, options, provider);
    return options;
  } catch (error) {
    api.releaseSessionOptions(options);
    throw error;
  }
}

/** UNSUPPORTED, with ONNX Runtime's reason, when this library cannot use the provider. */
export function appendExecutionProvider(api: OrtApi, options: Address, provider: ExecutionProvider): void {
  const name = provider.name.toLowerCase();
  if (name === 'cpu') return;
  let status: number;
  if (name === 'cuda') status = appendCuda(api, options, provider);
  else if (name === 'tensorrt') status = appendTensorRt(api, options, provider);
  else status = appendGeneric(api, options, provider, GENERIC_NAMES[name] ?? provider.name);
  if (status === 0) return;
  throw new RangefinderError(
    'UNSUPPORTED',
    `execution provider '${provider.name}' is not available: ${takeError(api, status).message}`,
    { field: 'executionProviders' },
  );
}

function appendCuda(api: OrtApi, options: Address, provider: ExecutionProvider): number {
  const out = new Scratch();
  const created = api.createCudaOptions(out.address);
  if (created !== 0) return created;
  const cuda = out.pointer();
  try {
    const { keys, values, count } = stringPairs(provider);
    return api.updateCudaOptions(cuda, keys.address, values.address, count) || api.appendCuda(options, cuda);
  } finally {
    api.releaseCudaOptions(cuda);
  }
}

function appendTensorRt(api: OrtApi, options: Address, provider: ExecutionProvider): number {
  const out = new Scratch();
  const created = api.createTensorRtOptions(out.address);
  if (created !== 0) return created;
  const tensorRt = out.pointer();
  try {
    const { keys, values, count } = stringPairs(provider);
    return (
      api.updateTensorRtOptions(tensorRt, keys.address, values.address, count) || api.appendTensorRt(options, tensorRt)
    );
  } finally {
    api.releaseTensorRtOptions(tensorRt);
  }
}

function appendGeneric(api: OrtApi, options: Address, provider: ExecutionProvider, name: string): number {
  const { keys, values, count } = stringPairs(provider);
  return api.appendExecutionProvider(options, name, keys.address, values.address, count);
}

function stringPairs(provider: ExecutionProvider): { keys: StringArray; values: StringArray; count: number } {
  const keys = Object.keys(provider.options);
  return {
    keys: new StringArray(keys),
    values: new StringArray(Object.values(provider.options)),
    count: keys.length,
  };
}
