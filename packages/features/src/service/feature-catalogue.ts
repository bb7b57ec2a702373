import { didYouMean, invalidArgument } from '@rangefinder/base';
import { aggregateFeature } from '../aggregates/aggregate-spec.ts';
import type { FeatureSpec } from '../feature-reader.ts';
import { splitFeatureName } from '../reader/feature-name.ts';
import { CompiledTransform } from '../transforms/compiled-transform.ts';
import type { OnDemandTransform } from '../transforms/on-demand-transform.ts';
import type { EntitySpec, FeatureDeclarations } from '../views/feature-declarations.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import type { DescribedSpec, FeatureServiceDescription, FeatureViewDescription } from './feature-service.ts';

/** Where a feature comes from. */
export interface CataloguedView {
  readonly name: string;
  readonly kind: FeatureViewDescription['kind'];
  readonly entity: string | undefined;
  readonly features: ReadonlyMap<string, FeatureSpec>;
  /** Of events, for aggregate views. */
  readonly fields: readonly string[];
  readonly transform: CompiledTransform | undefined;
}

/** What a request needs: features to read, and transformations to run on them. */
export interface RequestPlan {
  /** Entity → its stored and aggregated features. */
  readonly read: ReadonlyMap<string, readonly string[]>;
  readonly transforms: readonly CompiledTransform[];
}

/** Names → what they mean. Compiled once; INVALID_ARGUMENT when a transformation reads or is named what it may not. */
export class FeatureCatalogue {
  readonly entities: readonly EntitySpec[];
  readonly #views = new Map<string, CataloguedView>();
  readonly #defaults: Readonly<Record<string, FeatureValue>>;

  constructor(
    { entities, views, aggregates, defaults }: FeatureDeclarations,
    transforms: readonly OnDemandTransform[],
  ) {
    this.entities = entities;
    this.#defaults = { ...defaults, ...defaultsOf(transforms) };
    for (const { name, entity, features } of views) this.#add({ name, kind: 'stored', entity, features });
    for (const { name, entity, features } of aggregates) {
      const fields = [...new Set(features.flatMap(({ field }) => field ?? []))];
      this.#add({ name, kind: 'aggregate', entity, features: features.map(aggregateFeature), fields });
    }
    for (const transform of transforms) {
      const compiled = new CompiledTransform(transform);
      this.#add({ name: transform.name, kind: 'transform', features: transform.outputs, transform: compiled });
      for (const [i, input] of transform.inputs.entries()) {
        const { kind } = this.viewOf(input, `transforms.${transform.name}.inputs[${i}]`);
        if (kind !== 'transform') continue;
        throw invalidArgument(`transforms.${transform.name}.inputs[${i}]`, 'expected a stored or aggregated feature');
      }
    }
  }

  view(name: string, field: string): CataloguedView {
    const view = this.#views.get(name);
    if (view !== undefined) return view;
    throw invalidArgument(field, `there is no view ${name}${didYouMean(name, this.#views.keys())}`);
  }

  transform(name: string): CompiledTransform | undefined {
    return this.#views.get(name)?.transform;
  }

  /** The view of `view:feature`, which has this feature. Throws INVALID_ARGUMENT. */
  viewOf(fullName: string, field: string): CataloguedView {
    const { view: viewName, feature } = splitFeatureName(fullName, field);
    const view = this.view(viewName, field);
    if (view.features.has(feature)) return view;
    throw invalidArgument(
      field,
      `view ${viewName} has no feature ${feature}${didYouMean(feature, view.features.keys())}`,
    );
  }

  plan(features: readonly string[]): RequestPlan {
    const read = new Map<string, string[]>();
    const transforms = new Set<CompiledTransform>();
    const seen = new Set<string>();
    const need = (name: string, field: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      const view = this.viewOf(name, field);
      if (view.transform !== undefined) {
        if (transforms.has(view.transform)) return;
        transforms.add(view.transform);
        for (const input of view.transform.inputs) need(input, field);
        return;
      }
      read.set(view.entity!, [...(read.get(view.entity!) ?? []), name]);
    };
    for (const [i, name] of features.entries()) need(name, `features[${i}]`);
    return { read, transforms: [...transforms] };
  }

  describe(): FeatureServiceDescription {
    const views = [...this.#views.values()].map(({ name, kind, entity, features, fields, transform }) => ({
      name,
      kind,
      entity,
      features: [...features.values()].map((spec) => this.#described(name, spec)),
      fields,
      context: transform?.context.map((spec) => spec.name) ?? [],
    }));
    return { entities: this.entities, views };
  }

  #described(view: string, spec: FeatureSpec): DescribedSpec {
    const name = `${view}:${spec.name}`;
    return Object.hasOwn(this.#defaults, name) ? { ...spec, default: this.#defaults[name]! } : spec;
  }

  #add(added: Added): void {
    const { name, kind, entity, features, fields = [], transform } = added;
    if (this.#views.has(name)) throw invalidArgument(`transforms.${name}`, 'expected a name that no view has');
    const specs = new Map(features.map((spec) => [spec.name, spec]));
    this.#views.set(name, { name, kind, entity, features: specs, fields, transform });
  }
}

function defaultsOf(transforms: readonly OnDemandTransform[]): Record<string, FeatureValue> {
  const all = transforms.flatMap(({ name, defaults = {} }) =>
    Object.entries(defaults).map(([output, value]) => [`${name}:${output}`, value] as const),
  );
  return Object.fromEntries(all);
}

interface Added {
  readonly name: string;
  readonly kind: CataloguedView['kind'];
  readonly entity?: string;
  readonly features: readonly FeatureSpec[];
  readonly fields?: readonly string[];
  readonly transform?: CompiledTransform;
}
