export * from './build-onnx-model.ts';
export * from './model-makers.ts';
export * from './onnx-model.ts';
export * from './two-tower-model.ts';
