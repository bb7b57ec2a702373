import koffi from 'koffi';

/**
 * ONNX Runtime's C API is a table of function pointers that only ever grows at its end; entry i lies at byte 8·i.
 * Source: `struct OrtApi` in onnxruntime_c_api.h of 1.30, whose order is pinned by the static asserts at the end of
 * onnxruntime_c_api.cc (101 closes version 1, 118 version 2, 126 version 4, 149 version 5 … 389 version 23). Each entry is
 * also checked by what it does, in test/onnx/ort-api.test.ts.
 *
 * Everything is declared as plain integers: pointers cross as JavaScript numbers (user space ends at 2^47), which koffi
 * converts several times faster than BigInt or objects. Whoever passes an address keeps what lies there alive.
 */
export const ORT_API_VERSION = 24;

const POINTER = 'uintptr_t';

/** A pointer as a number; 0 is null. */
export type Address = number;
/** 0 for success; otherwise an OrtStatus that the caller must release. */
export type StatusAddress = number;

type Parameter = 'pointer' | 'size' | 'int' | 'int64' | 'string';
interface Entry {
  readonly index: number;
  readonly result: 'status' | 'void' | 'int' | 'string';
  readonly parameters: readonly Parameter[];
}

/** [index, result, parameters] of the entries that Rangefinder calls. */
const ENTRIES = {
  getErrorCode: entry(1, 'int', ['pointer']),
  getErrorMessage: entry(2, 'string', ['pointer']),
  createEnv: entry(3, 'status', ['int', 'string', 'pointer']),
  createSession: entry(7, 'status', ['pointer', 'string', 'pointer', 'pointer']),
  run: entry(9, 'status', ['pointer', 'pointer', 'pointer', 'pointer', 'size', 'pointer', 'size', 'pointer']),
  createSessionOptions: entry(10, 'status', ['pointer']),
  setOptimizedModelFilePath: entry(11, 'status', ['pointer', 'string']),
  setSessionExecutionMode: entry(13, 'status', ['pointer', 'int']),
  disableMemPattern: entry(17, 'status', ['pointer']),
  enableCpuMemArena: entry(18, 'status', ['pointer']),
  disableCpuMemArena: entry(19, 'status', ['pointer']),
  setSessionGraphOptimizationLevel: entry(23, 'status', ['pointer', 'int']),
  setIntraOpNumThreads: entry(24, 'status', ['pointer', 'int']),
  setInterOpNumThreads: entry(25, 'status', ['pointer', 'int']),
  sessionGetInputCount: entry(30, 'status', ['pointer', 'pointer']),
  sessionGetOutputCount: entry(31, 'status', ['pointer', 'pointer']),
  sessionGetOverridableInitializerCount: entry(32, 'status', ['pointer', 'pointer']),
  sessionGetInputTypeInfo: entry(33, 'status', ['pointer', 'size', 'pointer']),
  sessionGetOutputTypeInfo: entry(34, 'status', ['pointer', 'size', 'pointer']),
  sessionGetOverridableInitializerTypeInfo: entry(35, 'status', ['pointer', 'size', 'pointer']),
  sessionGetInputName: entry(36, 'status', ['pointer', 'size', 'pointer', 'pointer']),
  sessionGetOutputName: entry(37, 'status', ['pointer', 'size', 'pointer', 'pointer']),
  sessionGetOverridableInitializerName: entry(38, 'status', ['pointer', 'size', 'pointer', 'pointer']),
  createRunOptions: entry(39, 'status', ['pointer']),
  runOptionsSetTerminate: entry(46, 'status', ['pointer']),
  runOptionsUnsetTerminate: entry(47, 'status', ['pointer']),
  createTensorAsOrtValue: entry(48, 'status', ['pointer', 'pointer', 'size', 'int', 'pointer']),
  createTensorWithDataAsOrtValue: entry(49, 'status', [
    'pointer',
    'pointer',
    'size',
    'pointer',
    'size',
    'int',
    'pointer',
  ]),
  getTensorMutableData: entry(51, 'status', ['pointer', 'pointer']),
  getStringTensorDataLength: entry(53, 'status', ['pointer', 'pointer']),
  getStringTensorContent: entry(54, 'status', ['pointer', 'pointer', 'size', 'pointer', 'size']),
  castTypeInfoToTensorInfo: entry(55, 'status', ['pointer', 'pointer']),
  getOnnxTypeFromTypeInfo: entry(56, 'status', ['pointer', 'pointer']),
  getTensorElementType: entry(60, 'status', ['pointer', 'pointer']),
  getDimensionsCount: entry(61, 'status', ['pointer', 'pointer']),
  getDimensions: entry(62, 'status', ['pointer', 'pointer', 'size']),
  getSymbolicDimensions: entry(63, 'status', ['pointer', 'pointer', 'size']),
  getTensorTypeAndShape: entry(65, 'status', ['pointer', 'pointer']),
  createCpuMemoryInfo: entry(69, 'status', ['int', 'int', 'pointer']),
  allocatorFree: entry(76, 'status', ['pointer', 'pointer']),
  getAllocatorWithDefaultOptions: entry(78, 'status', ['pointer']),
  releaseStatus: entry(93, 'void', ['pointer']),
  releaseSession: entry(95, 'void', ['pointer']),
  releaseValue: entry(96, 'void', ['pointer']),
  releaseRunOptions: entry(97, 'void', ['pointer']),
  releaseTypeInfo: entry(98, 'void', ['pointer']),
  releaseTensorTypeAndShapeInfo: entry(99, 'void', ['pointer']),
  releaseSessionOptions: entry(100, 'void', ['pointer']),
  sessionGetModelMetadata: entry(111, 'status', ['pointer', 'pointer']),
  modelMetadataGetProducerName: entry(112, 'status', ['pointer', 'pointer', 'pointer']),
  modelMetadataGetGraphName: entry(113, 'status', ['pointer', 'pointer', 'pointer']),
  modelMetadataGetDomain: entry(114, 'status', ['pointer', 'pointer', 'pointer']),
  modelMetadataGetDescription: entry(115, 'status', ['pointer', 'pointer', 'pointer']),
  modelMetadataLookupCustomMetadataMap: entry(116, 'status', ['pointer', 'pointer', 'string', 'pointer']),
  modelMetadataGetVersion: entry(117, 'status', ['pointer', 'pointer']),
  releaseModelMetadata: entry(118, 'void', ['pointer']),
  modelMetadataGetCustomMetadataMapKeys: entry(123, 'status', ['pointer', 'pointer', 'pointer', 'pointer']),
  getAvailableProviders: entry(125, 'status', ['pointer', 'pointer']),
  releaseAvailableProviders: entry(126, 'status', ['pointer', 'int']),
  addSessionConfigEntry: entry(130, 'status', ['pointer', 'string', 'string']),
  createAllocator: entry(131, 'status', ['pointer', 'pointer', 'pointer']),
  releaseAllocator: entry(132, 'void', ['pointer']),
  modelMetadataGetGraphDescription: entry(158, 'status', ['pointer', 'pointer', 'pointer']),
  appendTensorRt: entry(170, 'status', ['pointer', 'pointer']),
  createTensorRtOptions: entry(171, 'status', ['pointer']),
  updateTensorRtOptions: entry(172, 'status', ['pointer', 'pointer', 'pointer', 'size']),
  releaseTensorRtOptions: entry(174, 'void', ['pointer']),
  hasValue: entry(192, 'status', ['pointer', 'pointer']),
  appendCuda: entry(204, 'status', ['pointer', 'pointer']),
  createCudaOptions: entry(205, 'status', ['pointer']),
  updateCudaOptions: entry(206, 'status', ['pointer', 'pointer', 'pointer', 'size']),
  releaseCudaOptions: entry(208, 'void', ['pointer']),
  appendExecutionProvider: entry(216, 'status', ['pointer', 'string', 'pointer', 'pointer', 'size']),
  castTypeInfoToOptionalTypeInfo: entry(250, 'status', ['pointer', 'pointer']),
  getOptionalContainedTypeInfo: entry(251, 'status', ['pointer', 'pointer']),
  getResizedStringTensorElementBuffer: entry(252, 'status', ['pointer', 'size', 'size', 'pointer']),
  sessionOptionsSetLoadCancellationFlag: entry(293, 'status', ['pointer', 'int']),
  getKeyValue: entry(297, 'string', ['pointer', 'string']),
  releaseKeyValuePairs: entry(300, 'void', ['pointer']),
  getTensorSizeInBytes: entry(318, 'status', ['pointer', 'pointer']),
  allocatorGetStats: entry(319, 'status', ['pointer', 'pointer']),
  tensorTypeAndShapeHasShape: entry(390, 'int', ['pointer']),
} as const satisfies Record<string, Entry>;

interface ResultTypes {
  readonly status: StatusAddress;
  readonly void: void;
  readonly int: number;
  /** null for a null pointer. */
  readonly string: string | null;
}
interface ParameterTypes {
  readonly pointer: Address;
  readonly size: number;
  readonly int: number;
  readonly int64: number;
  readonly string: string;
}
type Arguments<P extends readonly Parameter[]> = { -readonly [I in keyof P]: ParameterTypes[P[I]] };
type Callback<R> = (error: Error | null, result: R) => void;

/** Called directly it blocks this thread; `async` runs it on libuv's pool. */
export interface OrtFunction<E extends Entry> {
  (...values: Arguments<E['parameters']>): ResultTypes[E['result']];
  async(...values: [...Arguments<E['parameters']>, Callback<ResultTypes[E['result']]>]): void;
}

export type OrtApi = { readonly [name in keyof typeof ENTRIES]: OrtFunction<(typeof ENTRIES)[name]> } & {
  /** Of the table itself, to bind it again on another thread. */
  readonly address: Address;
};

const RESULT_TYPES = { status: POINTER, void: 'void', int: 'int', string: 'const char *' } as const;
const PARAMETER_TYPES = { pointer: POINTER, size: 'size_t', int: 'int', int64: 'int64_t', string: 'str' } as const;
/** ONNX Runtime's kernels and graph passes need far more stack than koffi's defaults of 2 MiB and 128 KiB. */
const STACK_BYTES = 8 * 1024 * 1024;

/** Must come before the first library that koffi loads on this thread; it refuses a change afterwards. */
export function configureStacks(): void {
  if (koffi.config().async_stack_size === STACK_BYTES) return;
  koffi.config({ sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES });
}

/** Binds the table at `address` for the calling thread. */
export function bindOrtApi(address: Address): OrtApi {
  const api: Record<string, unknown> = { address };
  for (const [name, { index, result, parameters }] of Object.entries(ENTRIES)) {
    const type = koffi.proto(
      RESULT_TYPES[result],
      parameters.map((parameter) => PARAMETER_TYPES[parameter]),
    );
    const target: Address = koffi.decode(address, 8 * index, POINTER);
    api[name] = koffi.decode(target, type);
  }
  return Object.freeze(api) as unknown as OrtApi;
}

function entry<const R extends Entry['result'], const P extends readonly Parameter[]>(
  index: number,
  result: R,
  parameters: P,
): { readonly index: number; readonly result: R; readonly parameters: P } {
  return { index, result, parameters };
}
