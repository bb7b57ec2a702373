import type { CircuitBreakerOptions } from '@rangefinder/base';
import { DEFAULT_VECTOR_INDEX_LIMITS, type VectorIndexLimits, type VectorMetric } from '../index-options.ts';
import { expectOneOf, expectWhole } from '../option-checks.ts';

/** What indexes in any server have in common. */
export interface RemoteIndexOptions {
  readonly name: string;
  readonly dimensions: number;
  readonly metric: VectorMetric;
  /** How the server keeps the vectors; default float32. */
  readonly storage?: 'float32' | 'float16';
  /** Width of the walk of a search; higher finds more and is slower. Default 160. */
  readonly searchEffort?: number;
  /** Limit for a search whose signal comes later or never. Default 10,000. */
  readonly searchMs?: number;
  /** Limit for a change, or for one batch of it. Default 60,000. */
  readonly changeMs?: number;
  /** Limit for a connection to come about. Default 2,000. */
  readonly connectMs?: number;
  /** Items that are written with one statement. Default 1,000. */
  readonly batchItems?: number;
  /** How old the count of items may be before a search has it counted anew, beside it. Default 30,000. */
  readonly countMs?: number;
  readonly breaker?: Partial<CircuitBreakerOptions>;
  /** `items` and `memoryBytes` do not apply: the server has limits of its own. */
  readonly limits?: Partial<VectorIndexLimits>;
}

export interface CompiledRemoteOptions extends Required<Omit<RemoteIndexOptions, 'limits'>> {
  readonly limits: VectorIndexLimits;
}

/** With defaults, checked and frozen. Throws INVALID_ARGUMENT naming the option. */
export function compileRemoteOptions(options: RemoteIndexOptions, dimensionsMax: number): CompiledRemoteOptions {
  const limits = Object.freeze({ ...DEFAULT_VECTOR_INDEX_LIMITS, ...options.limits });
  const compiled: CompiledRemoteOptions = {
    name: options.name,
    dimensions: options.dimensions,
    metric: options.metric,
    storage: options.storage ?? 'float32',
    searchEffort: options.searchEffort ?? 160,
    searchMs: options.searchMs ?? 10_000,
    changeMs: options.changeMs ?? 60_000,
    connectMs: options.connectMs ?? 2_000,
    batchItems: options.batchItems ?? 1_000,
    countMs: options.countMs ?? 30_000,
    breaker: options.breaker ?? {},
    limits,
  };
  expectWhole('dimensions', compiled.dimensions, 1, Math.min(limits.dimensions, dimensionsMax));
  expectOneOf('metric', compiled.metric, ['cosine', 'inner_product', 'l2']);
  expectOneOf('storage', compiled.storage, ['float32', 'float16']);
  expectWhole('searchEffort', compiled.searchEffort, 16, 4096);
  for (const field of ['searchMs', 'changeMs', 'connectMs', 'countMs'] as const) {
    expectWhole(field, compiled[field], 1, 86_400_000);
  }
  expectWhole('batchItems', compiled.batchItems, 1, 10_000);
  expectWhole('limits.k', limits.k, 1, 1_000_000);
  expectWhole('limits.excluded', limits.excluded, 0, 10_000_000);
  return Object.freeze(compiled);
}
