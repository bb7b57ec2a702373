export { availableCores } from './available-cores.ts';
export { BUILTIN_FILE_NAME } from './builtin/builtin-definition.ts';
export { BuiltinEngine } from './builtin/builtin-engine.ts';
export * from './engine.ts';
export { OnnxEngine, type OnnxEngineOptions } from './onnx/onnx-engine.ts';
