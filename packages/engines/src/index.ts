export { availableCores } from './available-cores.ts';
export * from './engine.ts';
export { OnnxEngine, type OnnxEngineOptions } from './onnx/onnx-engine.ts';
