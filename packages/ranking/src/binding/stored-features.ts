import {
  createFeatureReader,
  type FeatureLimits,
  type FeatureReader,
  type FeatureValue,
  type FeatureViewSpec,
  type RowStore,
} from '@rangefinder/features';
import type { DescribedFeature, FeaturePort } from '../ports.ts';

export interface StoredFeaturesOptions {
  readonly store: RowStore;
  readonly views: readonly FeatureViewSpec[];
  /** `view:feature` → what stands where there is no value, in place of zero. */
  readonly defaults?: Readonly<Record<string, FeatureValue>>;
  readonly limits?: Partial<FeatureLimits>;
}

/** Features of views in a row store, whichever it is. */
export class StoredFeatures implements FeaturePort {
  readonly #options: StoredFeaturesOptions;
  readonly #described: ReadonlyMap<string, DescribedFeature>;

  constructor(options: StoredFeaturesOptions) {
    this.#options = options;
    this.#described = new Map(
      options.views.flatMap(({ name: view, entity, features }) =>
        features.map((spec) => [`${view}:${spec.name}`, { ...spec, name: `${view}:${spec.name}`, entity }] as const),
      ),
    );
  }

  describe(feature: string): DescribedFeature | undefined {
    return this.#described.get(feature);
  }

  names(): readonly string[] {
    return [...this.#described.keys()];
  }

  reader(_entity: string, features: readonly string[]): FeatureReader {
    const defaults = Object.entries(this.#options.defaults ?? {}).filter(([name]) => features.includes(name));
    return createFeatureReader({ ...this.#options, features, defaults: Object.fromEntries(defaults) });
  }
}
