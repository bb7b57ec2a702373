import { invalidArgument } from '@rangefinder/base';
import type { EngineOptions } from '../engine.ts';
import { OPTIMIZATION_LEVELS, type SessionSettings } from './native/session-options.ts';

/** Where runs compute: on an engine thread, or at once on the thread that calls `run`, for very small models. */
export type Execution = 'thread' | 'inline';

const EXTRA_KEYS = "'execution' and ONNX Runtime's own 'session.…' entries";
/** Threads that wait for work by spinning burn several times the CPU of what they compute (see DESIGN.md). */
const SPIN_DEFAULTS = { 'session.intra_op.allow_spinning': '0', 'session.inter_op.allow_spinning': '0' };

/**
 * Threads inside a run so that all instances together compute on as many threads as there are cores. The threads of a
 * session are shared by its runs: `instances` of them are the callers', so the session adds the rest.
 */
export function defaultIntraOpThreads(cores: number, instances: number): number {
  return Math.max(1, cores - instances + 1);
}

/** INVALID_ARGUMENT naming the option for values that cannot be. */
export function compileSettings(
  options: EngineOptions,
  instances: number,
  cores: number,
): { readonly session: SessionSettings; readonly execution: Execution } {
  checkCount('instances', instances, 1);
  checkCount('intraOpThreads', options.intraOpThreads, 0);
  checkCount('interOpThreads', options.interOpThreads, 0);
  const optimizationLevel = OPTIMIZATION_LEVELS[options.graphOptimizationLevel];
  if (optimizationLevel === undefined) {
    const names = Object.keys(OPTIMIZATION_LEVELS).join(', ');
    throw invalidArgument('graphOptimizationLevel', `expected one of ${names}, got ${options.graphOptimizationLevel}`);
  }
  const configuration: Record<string, string> = { ...SPIN_DEFAULTS };
  let execution: Execution = 'thread';
  for (const [key, value] of Object.entries(options.extra)) {
    if (key.startsWith('session.')) configuration[key] = value;
    else if (key !== 'execution') throw invalidArgument(`extra.${key}`, `unknown option; known are ${EXTRA_KEYS}`);
    else if (value === 'thread' || value === 'inline') execution = value;
    else throw invalidArgument('extra.execution', `expected 'thread' or 'inline', got '${value}'`);
  }
  const session: SessionSettings = Object.freeze({
    intraOpThreads: options.intraOpThreads || defaultIntraOpThreads(cores, instances),
    interOpThreads: options.interOpThreads || 1,
    optimizationLevel,
    memoryArena: options.memoryArena,
    executionProviders: options.executionProviders,
    configuration,
  });
  return { session, execution };
}

function checkCount(field: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= 1024) return;
  throw invalidArgument(field, `expected a whole number from ${least} to 1024, got ${value}`);
}
