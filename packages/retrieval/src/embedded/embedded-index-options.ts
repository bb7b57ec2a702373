import { availableParallelism } from 'node:os';
import { invalidArgument } from '@rangefinder/base';
import {
  DEFAULT_VECTOR_INDEX_LIMITS,
  type VectorIndexLimits,
  type VectorMetric,
  type VectorStorage,
} from '../index-options.ts';
import { expectOneOf, expectWhole } from '../option-checks.ts';

export interface EmbeddedIndexOptions {
  readonly name: string;
  readonly dimensions: number;
  readonly metric: VectorMetric;
  /** Default float32. */
  readonly storage?: VectorStorage;
  /** Workers that search and build. Default: the cores that the process may use, less one for the main thread. */
  readonly threads?: number;
  /** Links of an item in the graph, 8 to 128. More find more, and take memory and time to build. Default 40. */
  readonly linksMax?: number;
  /** Width of the walk that finds an item's links. Default 200. */
  readonly buildEffort?: number;
  /** Width of the walk of a search; higher finds more and is slower. Default 160. */
  readonly searchEffort?: number;
  readonly limits?: Partial<VectorIndexLimits>;
  /** Of the levels that items get in the graph. Default 1. */
  readonly seed?: number;
}

/** How a snapshot is opened. */
export interface SnapshotOptions extends EmbeddedIndexOptions {
  /**
   * `read` (default): copied into memory and checked whole. `map` (Linux; elsewhere it is read, see `snapshotAccess`): pages
   * come from the file when they are touched and are shared with other processes. The file may be replaced by renaming, as
   * `save` does, and deleted, but never changed in place: a page that is cut off ends the process.
   */
  readonly access?: 'read' | 'map';
  /** What of a mapped file is checked: its header (default), or all, which reads all of it once. */
  readonly verify?: 'all' | 'header';
}

/** How a snapshot was opened, and why it was read if it should have been mapped. */
export interface SnapshotAccess {
  readonly access: 'read' | 'map';
  readonly reason: string | undefined;
}

/** With defaults and checked. */
export interface SnapshotReading extends Required<Pick<SnapshotOptions, 'access' | 'verify'>> {
  readonly memoryBytesMax: number;
}

export interface CompiledIndexOptions extends Required<Omit<EmbeddedIndexOptions, 'limits'>> {
  readonly limits: VectorIndexLimits;
}

/** With defaults, checked and frozen. Throws INVALID_ARGUMENT naming the option. */
export function compileIndexOptions(options: EmbeddedIndexOptions): CompiledIndexOptions {
  const limits = Object.freeze({ ...DEFAULT_VECTOR_INDEX_LIMITS, ...options.limits });
  const compiled: CompiledIndexOptions = {
    name: options.name,
    dimensions: options.dimensions,
    metric: options.metric,
    storage: options.storage ?? 'float32',
    threads: options.threads ?? Math.max(1, availableParallelism() - 1),
    linksMax: options.linksMax ?? 40,
    buildEffort: options.buildEffort ?? 200,
    searchEffort: options.searchEffort ?? 160,
    seed: options.seed ?? 1,
    limits,
  };
  expectWhole('dimensions', compiled.dimensions, 1, Math.min(limits.dimensions, 16_384));
  expectOneOf('metric', compiled.metric, ['cosine', 'inner_product', 'l2']);
  expectOneOf('storage', compiled.storage, ['float32', 'float16', 'int8']);
  expectWhole('threads', compiled.threads, 1, 256);
  expectWhole('linksMax', compiled.linksMax, 8, 128);
  if (compiled.linksMax % 2 !== 0) throw invalidArgument('linksMax', 'expected an even number');
  expectWhole('buildEffort', compiled.buildEffort, 16, 4096);
  expectWhole('searchEffort', compiled.searchEffort, 16, 4096);
  expectWhole('limits.memoryBytes', limits.memoryBytes, 1_000_000, 4 * 1024 ** 3);
  expectWhole('limits.k', limits.k, 1, 1_000_000);
  expectWhole('limits.pendingSearches', limits.pendingSearches, 1, 1_000_000);
  return Object.freeze(compiled);
}

/** Throws INVALID_ARGUMENT naming the option. */
export function compileSnapshotReading(options: SnapshotOptions, memoryBytesMax: number): SnapshotReading {
  const access = options.access ?? 'read';
  const verify = options.verify ?? (access === 'map' ? 'header' : 'all');
  expectOneOf('access', access, ['read', 'map']);
  expectOneOf('verify', verify, ['all', 'header']);
  return { access, verify, memoryBytesMax };
}
