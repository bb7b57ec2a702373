import { didYouMean, invalidArgument } from '@rangefinder/base';
import type { FeatureServiceDescription, FeatureViewDescription } from '@rangefinder/features';
import { FeastError } from './feast-error.ts';

export interface FeatureNamesOptions {
  /** Feature service → `view:feature`. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** Push source → views; a view is a push source of its own name besides. */
  readonly pushSources: Readonly<Record<string, readonly string[]>>;
}

/** What callers of the Feast endpoints may name. */
export class FeatureNames {
  readonly #options: FeatureNamesOptions;
  readonly #views: ReadonlyMap<string, FeatureViewDescription>;
  /** Join key or name of an entity → its name. */
  readonly #entities: ReadonlyMap<string, string>;
  readonly #joinKeys: ReadonlyMap<string, string>;

  /** Throws INVALID_ARGUMENT for a service or push source that names what is not declared. */
  constructor(description: FeatureServiceDescription, options: FeatureNamesOptions) {
    this.#options = options;
    this.#views = new Map(description.views.map((view) => [view.name, view]));
    this.#joinKeys = new Map(description.entities.map(({ name, joinKey }) => [name, joinKey]));
    this.#entities = new Map(
      description.entities.flatMap(({ name, joinKey }) => [
        [name, name],
        [joinKey, name],
      ]),
    );
    for (const [service, features] of Object.entries(options.services)) {
      for (const feature of features) this.#assertDeclared(feature, `featureServices.${service}`);
    }
    for (const [source, views] of Object.entries(options.pushSources)) {
      for (const view of views) {
        if (!this.#views.has(view)) {
          throw invalidArgument(
            `featurePushSources.${source}`,
            `unknown view '${view}'${didYouMean(view, this.#views.keys())}`,
          );
        }
      }
    }
  }

  /** Throws NOT_FOUND. */
  featuresOfService(name: string): readonly string[] {
    const { services } = this.#options;
    if (Object.hasOwn(services, name)) return services[name]!;
    throw new FeastError(
      'NOT_FOUND',
      `Feature service ${name.slice(0, 64)} does not exist${didYouMean(name, Object.keys(services))}`,
      'FeatureServiceNotFoundException',
    );
  }

  /** Throws NOT_FOUND for a view that is not declared, INVALID_ARGUMENT for what is no reference. */
  viewOf(reference: string, field: string): FeatureViewDescription {
    const colon = reference.indexOf(':');
    if (colon <= 0)
      throw invalidArgument(field, `expected view:feature, got ${JSON.stringify(reference.slice(0, 64))}`);
    const name = reference.slice(0, colon);
    const view = this.#views.get(name);
    if (view !== undefined) return view;
    throw new FeastError(
      'NOT_FOUND',
      `Feature view ${name.slice(0, 64)} does not exist${didYouMean(name, this.#views.keys())}`,
      'FeatureViewNotFoundException',
    );
  }

  /** Views that a push goes to. Throws NOT_FOUND. */
  viewsOfPushSource(name: string): readonly FeatureViewDescription[] {
    const { pushSources } = this.#options;
    const named = Object.hasOwn(pushSources, name) ? pushSources[name]! : [name];
    const views = named.map((view) => this.#views.get(view)).filter((view) => view?.entity !== undefined);
    if (views.length > 0) return views as FeatureViewDescription[];
    throw new FeastError(
      'NOT_FOUND',
      `Unable to find push source '${name.slice(0, 64)}'${didYouMean(name, [...Object.keys(pushSources), ...this.#views.keys()])}.`,
      'PushSourceNotFoundException',
    );
  }

  /** The entity that a key of a request's `entities` names, by join key or name; undefined for request data. */
  entityOf(key: string): string | undefined {
    return this.#entities.get(key);
  }

  joinKeyOf(entity: string): string {
    return this.#joinKeys.get(entity) ?? entity;
  }

  #assertDeclared(reference: string, field: string): void {
    const [view = '', feature = ''] = reference.split(':');
    if (this.#views.get(view)?.features.some(({ name }) => name === feature) !== true) {
      throw invalidArgument(field, `expected declared features as view:feature, got '${reference}'`);
    }
  }
}
