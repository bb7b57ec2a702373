import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionProviderState } from '../engine.ts';
import { readPointer, readString, Scratch } from './native/native-memory.ts';
import type { OrtLibrary } from './native/ort-library.ts';
import { checkStatus, takeError } from './native/ort-status.ts';

/** Providers that come as a library of their own beside ONNX Runtime's. */
const SEPARATE_LIBRARIES: Readonly<Record<string, string>> = Object.freeze({
  cuda: 'onnxruntime_providers_cuda',
  tensorrt: 'onnxruntime_providers_tensorrt',
  openvino: 'onnxruntime_providers_openvino',
  migraphx: 'onnxruntime_providers_migraphx',
  rocm: 'onnxruntime_providers_rocm',
  dnnl: 'onnxruntime_providers_dnnl',
  qnn: 'onnxruntime_providers_qnn',
  vitisai: 'onnxruntime_providers_vitisai',
});

/** Providers that people ask for, reported even when the library was built without them. */
const COMMON_PROVIDERS = ['cuda', 'tensorrt', 'webgpu', 'openvino'];

/** The providers that the library was built with, and whether what they need is beside it. */
export async function describeProviders(library: OrtLibrary, tryDevices: boolean): Promise<ExecutionProviderState[]> {
  const built = builtProviders(library);
  const folder = path.dirname(library.path);
  const files = await readdir(folder).catch(() => []);
  const webGpuProblem = tryDevices && built.includes('webgpu') ? await appendProblem(library, 'WebGPU') : '';
  const missing = COMMON_PROVIDERS.filter((name) => !built.includes(name));
  return [
    ...built.map((name): ExecutionProviderState => {
      if (name === 'webgpu') return { name, available: webGpuProblem === '', reason: webGpuProblem };
      const separate = SEPARATE_LIBRARIES[name];
      const available = separate === undefined || files.some((file) => file.includes(separate));
      const reason = available ? '' : `lib${separate}.so is not in ${folder}; install a build of ONNX Runtime with it`;
      return { name, available, reason };
    }),
    ...missing.map((name) => ({
      name,
      available: false,
      reason: `${library.path} was built without it; give the engine another ONNX Runtime library that has it`,
    })),
  ];
}

/** What ONNX Runtime says against using a provider, tried off the event loop since it may look for devices; empty for nothing. */
async function appendProblem(library: OrtLibrary, name: string): Promise<string> {
  const { api } = library;
  const out = new Scratch();
  checkStatus(api, api.createSessionOptions(out.address));
  const options = out.pointer();
  const status = await new Promise<number>((resolve, reject) => {
    api.appendExecutionProvider.async(options, name, 0, 0, 0, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
  api.releaseSessionOptions(options);
  // It starts with the place in the source and the condition that failed.
  return status === 0
    ? ''
    : takeError(api, status)
        .message.replace(/^.* was false\. /s, '')
        .trim();
}

function builtProviders(library: OrtLibrary): string[] {
  const { api } = library;
  const out = new Scratch();
  const count = new Scratch(8);
  checkStatus(api, api.getAvailableProviders(out.address, count.address));
  const names = Array.from({ length: count.int32() }, (_, i) => readString(readPointer(out.pointer() + 8 * i)));
  checkStatus(api, api.releaseAvailableProviders(out.pointer(), count.int32()));
  return names.map((name) => name.replace(/ExecutionProvider$/, '').toLowerCase());
}
