import { createRequire } from 'node:module';
import path from 'node:path';
import { RangefinderError } from '@rangefinder/base';
import koffi, { type LibraryHandle } from 'koffi';
import { bindCLibrary, type CLibrary, Scratch } from './native-memory.ts';
import { type Address, bindOrtApi, configureStacks, ORT_API_VERSION, type OrtApi } from './ort-api.ts';
import { checkStatus } from './ort-status.ts';

/** `ORT_LOGGING_LEVEL_FATAL`: errors come back as statuses; nothing is to be printed besides. */
const LOG_LEVEL_FATAL = 4;
/** `OrtArenaAllocator` and `OrtMemTypeDefault`, for tensors in memory that the caller owns. */
const ARENA_ALLOCATOR = 1;
const MEMORY_TYPE_DEFAULT = 0;
/** Of dlfcn.h, the same on Linux and macOS. */
const RTLD_NOW = 2;

/** ONNX Runtime, loaded once for the process and bound for this thread. */
export interface OrtLibrary {
  readonly path: string;
  readonly version: string;
  readonly api: OrtApi;
  readonly c: CLibrary;
  readonly environment: Address;
  readonly handles: OrtHandles;
}

/** What another thread needs to call the same library. */
export interface OrtHandles {
  readonly api: Address;
  readonly cpuMemory: Address;
  readonly allocator: Address;
}

/** Loads the library; UNSUPPORTED when it is missing, cannot be loaded or is too old. */
export function loadOrtLibrary(libraryPath: string): OrtLibrary {
  const library = openLibrary(libraryPath);
  const base: Address = library.func('OrtGetApiBase', 'uintptr_t', [])();
  const getApi = koffi.decode(koffi.decode(base, 0, 'uintptr_t'), koffi.proto('uintptr_t', ['uint32_t']));
  const getVersion = koffi.decode(koffi.decode(base, 8, 'uintptr_t'), koffi.proto('const char *', []));
  const version: string = getVersion();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 1 || (major === 1 && minor < ORT_API_VERSION)) {
    throw new RangefinderError(
      'UNSUPPORTED',
      `ONNX Runtime ${version} at ${libraryPath} is too old: 1.${ORT_API_VERSION} or later is needed`,
    );
  }
  const api = bindOrtApi(getApi(ORT_API_VERSION));
  const out = new Scratch();
  checkStatus(api, api.createEnv(LOG_LEVEL_FATAL, 'rangefinder', out.address));
  const environment = out.pointer();
  checkStatus(api, api.createCpuMemoryInfo(ARENA_ALLOCATOR, MEMORY_TYPE_DEFAULT, out.address));
  const cpuMemory = out.pointer();
  checkStatus(api, api.getAllocatorWithDefaultOptions(out.address));
  const handles = { api: api.address, cpuMemory, allocator: out.pointer() };
  return { path: libraryPath, version, api, c: bindCLibrary(), environment, handles };
}

/**
 * The library inside the npm package `onnxruntime-node`. Only its shared library is used: the package's own Node binding
 * aborts the process when a thread ends during a run, and is never loaded.
 */
export function bundledLibraryPath(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const name = { darwin: 'libonnxruntime.dylib', win32: 'onnxruntime.dll' }[process.platform as string];
  return path.join(
    path.dirname(manifest),
    'bin/napi-v6',
    process.platform,
    process.arch,
    name ?? 'libonnxruntime.so.1',
  );
}

function openLibrary(libraryPath: string): LibraryHandle {
  try {
    configureStacks();
    const library = koffi.load(libraryPath);
    keepOpen(libraryPath);
    return library;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangefinderError('UNSUPPORTED', `cannot load ONNX Runtime from ${libraryPath}: ${reason}`, { cause });
  }
}

/**
 * koffi closes a library when its handle is collected as garbage, or when the thread that opened it ends, and would unmap
 * the code under sessions and threads that only know addresses. ONNX Runtime is not made to be unloaded at all, so it is
 * opened once more, for good.
 */
function keepOpen(libraryPath: string): void {
  if (process.platform === 'win32') {
    koffi.load('kernel32.dll').func('LoadLibraryA', 'uintptr_t', ['str'])(libraryPath);
    return;
  }
  koffi.load(null).func('dlopen', 'uintptr_t', ['str', 'int'])(libraryPath, RTLD_NOW);
}
