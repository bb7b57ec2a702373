import type { FeatureColumn, FeatureReadResult, NumberedEntities, NumberedReadOptions } from '../feature-reader.ts';
import { olderEvent } from './event-times.ts';
import type { CompiledFeatureReader, DetailedReadOptions, DetailedReadResult } from './row-feature-reader.ts';

/** Readers of one entity as one: they read side by side, and columns come in the order that was asked for. */
export class JoinedFeatureReader implements CompiledFeatureReader {
  readonly features: readonly string[];
  readonly #parts: readonly { readonly reader: CompiledFeatureReader; readonly at: readonly number[] }[];

  /** Each feature is one of exactly one reader. */
  constructor(features: readonly string[], readers: readonly CompiledFeatureReader[]) {
    this.features = [...features];
    this.#parts = readers.map((reader) => ({ reader, at: reader.features.map((name) => features.indexOf(name)) }));
  }

  async read(entityIds: readonly string[], options: DetailedReadOptions): Promise<DetailedReadResult> {
    const results = await Promise.all(this.#parts.map(({ reader }) => reader.read(entityIds, options)));
    const eventMs: Float64Array[] = [];
    for (const [part, result] of results.entries()) {
      if (options.eventTimes !== true) break;
      for (const [i, at] of this.#parts[part]!.at.entries()) eventMs[at] = result.eventMs[i]!;
    }
    const unreadableRows = results.reduce((sum, result) => sum + result.unreadableRows, 0);
    return { ...this.#joined(results), unreadableRows, eventMs };
  }

  async readNumbered(entities: NumberedEntities, options: NumberedReadOptions): Promise<FeatureReadResult> {
    const results = await Promise.all(
      this.#parts.map(
        async ({ reader }) => (await reader.readNumbered?.(entities, options)) ?? reader.read(entities.ids, options),
      ),
    );
    return this.#joined(results);
  }

  #joined(results: readonly FeatureReadResult[]): FeatureReadResult {
    const columns: FeatureColumn[] = Array.from({ length: this.features.length });
    let oldestEventMs = 0;
    let staleRows = 0;
    for (const [part, result] of results.entries()) {
      for (const [i, at] of this.#parts[part]!.at.entries()) columns[at] = result.columns[i]!;
      staleRows += result.staleRows;
      oldestEventMs = olderEvent(oldestEventMs, result.oldestEventMs);
    }
    return { columns, oldestEventMs, staleRows };
  }
}
