import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import { ORT_ERROR_CODES, OrtError } from './native/ort-status.ts';

/** What ONNX Runtime writes when memory could not be had, for a load or a run. */
const OUT_OF_MEMORY = /bad_alloc|[Ff]ailed to allocate memory|[Oo]ut of memory|Available memory of/;

/** First match wins. ONNX Runtime's own codes are too coarse: most broken models are just FAIL. */
const LOAD_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/[Ee]xternal data|[Ee]xternal initializer|external_data/, 'its external data is missing or does not fit'],
  [
    /is not a registered function\/op|Fatal error: .* is not a registered|No Op registered for|NOT_IMPLEMENTED/,
    'it has an operator that is not known',
  ],
  [/opset|[Uu]nsupported model IR version|ir_version/, 'its opset or format version is not supported'],
  [
    /Type Error|type inference|TypeInferenceError|ShapeInferenceError|does not match expected type/,
    'its types or shapes do not fit together',
  ],
  [/MLDataType for: .* is not currently registered/, 'ONNX Runtime does not support its data type'],
  [/[Pp]rotobuf parsing failed|Failed to load model because protobuf/, 'it is truncated or not an ONNX file'],
];

/** MODEL_INVALID for a model that cannot be loaded, with what is wrong with it and ONNX Runtime's words. */
export function loadError(modelPath: string, thrown: unknown): RangefinderError {
  if (!(thrown instanceof OrtError)) return toRangefinderError(thrown);
  const { code, message } = thrown;
  if (code === ORT_ERROR_CODES.modelLoadCanceled) {
    return new RangefinderError('CANCELLED', `the load of ${modelPath} was cancelled`, { cause: thrown });
  }
  if (OUT_OF_MEMORY.test(message)) {
    return new RangefinderError('RESOURCE_EXHAUSTED', `no memory to load ${modelPath}: ${message}`, { cause: thrown });
  }
  const problem = LOAD_PROBLEMS.find(([pattern]) => pattern.test(message))?.[1] ?? fallbackProblem(code);
  return new RangefinderError('MODEL_INVALID', `${modelPath} cannot be loaded: ${problem} (${message.trim()})`, {
    field: modelPath,
    cause: thrown,
  });
}

/** INTERNAL for a run that failed, RESOURCE_EXHAUSTED when memory ran out, INVALID_ARGUMENT when an input was at fault. */
export function runError(modelName: string, failure: { ortCode: number; message: string }): RangefinderError {
  const { ortCode, message } = failure;
  if (OUT_OF_MEMORY.test(message)) {
    return new RangefinderError('RESOURCE_EXHAUSTED', `no memory to run model '${modelName}': ${message}`);
  }
  const code = ortCode === ORT_ERROR_CODES.invalidArgument ? 'INVALID_ARGUMENT' : 'INTERNAL';
  return new RangefinderError(code, `the run of model '${modelName}' failed: ${message}`);
}

function fallbackProblem(code: number): string {
  if (code === ORT_ERROR_CODES.noSuchFile) return 'a file is missing';
  if (code === ORT_ERROR_CODES.invalidProtobuf) return 'it is truncated or not an ONNX file';
  if (code === ORT_ERROR_CODES.notImplemented) return 'it has an operator that is not supported';
  return 'it is broken or not supported';
}
