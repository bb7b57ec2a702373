import type { FeatureReader, FeatureService } from '@rangefinder/features';
import type { DescribedFeature, FeaturePort } from '../ports.ts';

/** All that a feature service serves: features of views, aggregates over events, and transformations of both. */
export class ServiceFeatures implements FeaturePort {
  readonly #service: FeatureService;
  readonly #described = new Map<string, DescribedFeature>();

  constructor(service: FeatureService) {
    this.#service = service;
    for (const { name: view, entity, features } of service.describe().views) {
      const transform = service.transform(view);
      for (const spec of features) {
        const name = `${view}:${spec.name}`;
        this.#described.set(name, { ...spec, name, entity, ...(transform === undefined ? {} : { transform }) });
      }
    }
  }

  describe(feature: string): DescribedFeature | undefined {
    return this.#described.get(feature);
  }

  names(): readonly string[] {
    return [...this.#described.keys()];
  }

  reader(_entity: string, features: readonly string[]): FeatureReader {
    return this.#service.reader(features);
  }
}
