export * from './clock.ts';
export * from './config/index.ts';
export * from './error-catalogue.ts';
export * from './limits.ts';
export * from './logger.ts';
export * from './random.ts';
export * from './rangefinder-error.ts';
export * from './task-limit.ts';
