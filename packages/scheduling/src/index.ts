export type * from './scheduler.ts';
export { createScheduler } from './dynamic-scheduler.ts';
export {
  compileSchedulerOptions,
  priorityLevelOf,
  DEFAULT_QUEUE_POLICY,
  DEFAULT_SCHEDULER_OPTIONS,
} from './scheduler-options.ts';
export { OrderedRelease, type Released } from './ordered-release.ts';
export { batchShapes, bucketSize, raggedShapeKey, type RaggedInput, type RaggedPlacement } from './ragged.ts';
