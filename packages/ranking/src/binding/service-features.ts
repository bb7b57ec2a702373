import type { FeatureReader, FeatureService } from '@rangefinder/features';
import type { DescribedFeature, FeaturePort } from '../ports.ts';

/** What a feature service serves of entities: features of views and aggregates over events, in any mixture. */
export class ServiceFeatures implements FeaturePort {
  readonly #service: FeatureService;
  readonly #described = new Map<string, DescribedFeature>();

  constructor(service: FeatureService) {
    this.#service = service;
    for (const { name: view, entity, features } of service.describe().views) {
      if (entity === undefined) continue;
      for (const spec of features) {
        const name = `${view}:${spec.name}`;
        this.#described.set(name, { ...spec, name, entity });
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
