export * from './onnx-builder/index.ts';
export * from './arbitraries/requests.ts';
export * from './arbitraries/tensors.ts';
export * from './simulation/index.ts';
export * from './engine-contract/index.ts';
export * from './row-store-contract/index.ts';
export * from './vector-index-contract/index.ts';
export * from './servers/index.ts';
