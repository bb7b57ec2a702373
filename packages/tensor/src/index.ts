export * from './data-type.ts';
export * from './inference.ts';
export * from './shape.ts';
export * from './tensor.ts';
