import { RangefinderError, type Clock } from '@rangefinder/base';
import type { OnlineFeaturesResult } from '@rangefinder/features';
import { HistogramFamily, labelText } from '../metrics/histogram-family.ts';
import { family } from '../metrics/model-series.ts';
import type { FeatureStore, FeatureStoreObserver } from './feature-store.ts';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STATUS_NAMES = ['', 'not_found', 'present', 'null_value', 'outside_max_age'];
const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;

/** What feature reads and pushes did, for `/metrics`. */
export class FeatureMetrics implements FeatureStoreObserver {
  readonly #reads = new HistogramFamily(
    'rangefinder_feature_read_seconds',
    'Time of online feature reads by outcome',
    SECONDS,
    ['endpoint', 'outcome'],
  );
  readonly #storeReads = new HistogramFamily(
    'rangefinder_feature_store_read_seconds',
    'Time of reads that reached an external feature store',
    SECONDS,
    ['store', 'outcome'],
  );
  readonly #values = [0, 0, 0, 0, 0];
  readonly #transformErrors = new Map<string, number>();
  #staleRows = 0;
  #pushedRows = 0;
  #lateRows = 0;
  #store: FeatureStore | undefined = undefined;

  /** The store whose cache and breaker are shown from now on. */
  watch(store: FeatureStore): void {
    this.#store = store;
  }

  async measured<T>(startedUs: number, clock: Clock, read: () => Promise<T>): Promise<T> {
    let outcome = 'success';
    try {
      return await read();
    } catch (thrown) {
      outcome = thrown instanceof RangefinderError ? thrown.code.toLowerCase() : 'internal';
      throw thrown;
    } finally {
      this.#reads.observe('get_online_features', outcome, (clock.nowUs() - startedUs) / 1e6);
    }
  }

  served({ rows, columns, staleRows, transformErrors }: OnlineFeaturesResult): void {
    this.#staleRows += staleRows;
    for (const { transform } of transformErrors) {
      this.#transformErrors.set(transform, (this.#transformErrors.get(transform) ?? 0) + 1);
    }
    for (const { statuses } of columns) {
      const times = statuses.length === 1 ? rows : 1;
      for (const status of statuses) this.#values[status] = (this.#values[status] ?? 0) + times;
    }
  }

  pushed(applied: number, late: number): void {
    this.#pushedRows += applied;
    this.#lateRows += late;
  }

  storeRead(store: string, elapsedMs: number, answered: boolean): void {
    this.#storeReads.observe(store, answered ? 'success' : 'failure', elapsedMs / 1000);
  }

  render(): string {
    const values = STATUS_NAMES.flatMap((status, i) =>
      status === '' ? [] : [[labelText({ status }), this.#values[i] ?? 0] as const],
    );
    const pushed = [
      [labelText({ outcome: 'applied' }), this.#pushedRows],
      [labelText({ outcome: 'late' }), this.#lateRows],
    ] as const;
    const failed = [...this.#transformErrors].map(([transform, count]) => [labelText({ transform }), count] as const);
    return [
      this.#reads.render(),
      this.#storeReads.render(),
      family('rangefinder_feature_values_total', 'Feature values served, by status', 'counter', values),
      family('rangefinder_feature_pushed_rows_total', 'Rows pushed', 'counter', pushed),
      family('rangefinder_feature_stale_rows_total', 'Rows served from old copies', 'counter', [['', this.#staleRows]]),
      family(
        'rangefinder_feature_transform_errors_total',
        'Reads in which a transformation failed for some or all rows',
        'counter',
        failed,
      ),
      this.#renderStore(),
    ].join('');
  }

  #renderStore(): string {
    const cache = this.#store?.cache?.();
    const breaker = this.#store?.breakerState?.();
    const parts: string[] = [];
    if (cache !== undefined) {
      const looks = [
        [labelText({ outcome: 'hit' }), cache.hits],
        [labelText({ outcome: 'miss' }), cache.misses],
      ] as const;
      parts.push(
        family('rangefinder_feature_cache_rows_total', 'Rows looked up in the cache', 'counter', looks),
        family('rangefinder_feature_cache_bytes', 'Bytes of rows in the cache', 'gauge', [['', cache.cachedBytes]]),
      );
    }
    if (breaker !== undefined) {
      const states = BREAKER_STATES.map((state) => [labelText({ state }), state === breaker ? 1 : 0] as const);
      parts.push(family('rangefinder_feature_store_breaker', 'State of the circuit before the store', 'gauge', states));
    }
    return parts.join('');
  }
}
