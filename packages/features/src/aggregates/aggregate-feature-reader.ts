import type { CompiledFeatureReader, DetailedReadOptions, DetailedReadResult } from '../reader/row-feature-reader.ts';
import { splitFeatureName } from '../reader/feature-name.ts';
import type { AggregateView } from './aggregate-view.ts';

/** Features of one aggregate view in the order asked for; every one of them may be younger than any row that was read. */
export class AggregateFeatureReader implements CompiledFeatureReader {
  readonly features: readonly string[];
  readonly #view: AggregateView;
  readonly #names: readonly string[];

  /** `view:feature`, all of this view. */
  constructor(view: AggregateView, features: readonly string[]) {
    this.#view = view;
    this.features = [...features];
    this.#names = features.map((name, i) => splitFeatureName(name, `features[${i}]`).feature);
  }

  async read(entityIds: readonly string[], options: DetailedReadOptions): Promise<DetailedReadResult> {
    const { columns, newestEventMs, staleRows, unreadableRows } = await this.#view.read(
      entityIds,
      this.#names,
      options,
    );
    let oldestEventMs = 0;
    for (const eventMs of newestEventMs) {
      if (eventMs > 0 && (oldestEventMs === 0 || eventMs < oldestEventMs)) oldestEventMs = eventMs;
    }
    const eventMs = options.eventTimes === true ? columns.map(() => newestEventMs) : [];
    return { columns, oldestEventMs, staleRows, unreadableRows, eventMs };
  }
}
