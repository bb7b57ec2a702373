export * from './onnx-builder/index.ts';
