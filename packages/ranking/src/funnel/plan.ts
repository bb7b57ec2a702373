import { invalidArgument, RangefinderError, toRangefinderError } from '@rangefinder/base';
import { featureProblems } from '../config/feature-problems.ts';
import { readPlace, type Place } from '../config/places.ts';
import type { RankerConfig } from '../config/ranker-config.ts';
import { Formula } from '../formula/formula.ts';
import type { FeatureTransform } from '@rangefinder/features';
import type { DescribedFeature, FeaturePort, ItemPort, ModelPort } from '../ports.ts';
import { contextDemands, type ContextDemand } from './context-demands.ts';
import { FeatureSet, type FeatureFallbacks } from './feature-set.ts';
import type { DeclaredModel } from './declared-model.ts';
import { bindModel, stillServed, type Binding } from './model-binding.ts';
import { isOfItems, planFeatures, type PlannedTransform } from './stage-features.ts';
import type { IsOfUser } from './user-part-binding.ts';

/** A ranker's declaration met with the models as they are served now. Made anew when one of them changes. */
export interface Plan {
  readonly bindings: ReadonlyMap<DeclaredModel, Binding>;
  readonly userFeatures: FeatureSet;
  readonly lightFeatures: FeatureSet;
  readonly heavyFeatures: FeatureSet;
  readonly contextDemands: readonly ContextDemand[];
  /** What is computed after the features of each stage were read. */
  readonly transforms: Readonly<Record<'user' | 'light' | 'heavy', readonly PlannedTransform[]>>;
}

/** What never changes while a ranker lives: formulas, declared models, what the request's context must have. */
export class Declaration {
  readonly config: RankerConfig;
  readonly lightFormula: Formula | undefined;
  readonly heavyFormula: Formula | undefined;
  /** By source; undefined where a source does not ask a model for its query. */
  readonly queryModels: readonly (DeclaredModel | undefined)[];
  readonly contextKeys: readonly string[];
  /** Those that formulas reckon with. */
  readonly contextNumbers: ReadonlySet<string>;
  /** Those that are named anywhere. */
  readonly transforms: readonly FeatureTransform[];
  readonly #features: FeaturePort;
  readonly #items: ItemPort;
  readonly #fallbacks: FeatureFallbacks;

  /** Throws one INVALID_ARGUMENT with a line for each feature that is not declared or of another entity. */
  constructor(config: RankerConfig, features: FeaturePort, items: ItemPort) {
    this.config = config;
    this.#items = items;
    this.#features = features;
    this.#fallbacks = {
      lastKnown: config.features.last_known,
      stale: config.degrade.includes('stale_features'),
      defaults: config.features.defaults,
    };
    const { light, heavy } = config;
    this.lightFormula = light?.score === undefined ? undefined : new Formula(light.score, 'light.score');
    this.heavyFormula = heavy?.score === undefined ? undefined : new Formula(heavy.score, 'heavy.score');
    this.queryModels = config.sources.map(({ name, query }) =>
      query?.model === undefined
        ? undefined
        : {
            name,
            model: query.model,
            version: query.version ?? '',
            inputs: query.inputs ?? {},
            outputs: query.output === undefined ? {} : { query: query.output },
          },
    );
    const places = [...this.#declaredPlaces()];
    this.transforms = [...new Set(places.flatMap((place) => this.#describe(place)?.transform ?? []))];
    const computedFrom = this.transforms.flatMap(({ context }) => context.map((spec) => spec.name));
    this.contextKeys = [...new Set([...keysOf(places), ...computedFrom])];
    this.contextNumbers = new Set(keysOf([...placesOf(this.lightFormula), ...placesOf(this.heavyFormula)]));
    const problems = featureProblems(config, features);
    if (problems.length > 0) throw invalidArgument(`ranker '${config.name}'`, problems.join('; '));
  }

  get models(): readonly DeclaredModel[] {
    const { light, heavy } = this.config;
    return [...this.queryModels, light?.model, ...(heavy?.models ?? [])].filter((one) => one !== undefined);
  }

  /** The plan as models are served now: the one given where nothing changed. */
  plan(models: ModelPort, last: Plan | undefined): Plan {
    const bindings = new Map<DeclaredModel, Binding>();
    let same = last !== undefined;
    for (const declared of this.models) {
      const before = last?.bindings.get(declared);
      const binding = bound(models, declared, before, this.#isOfUser);
      if (binding !== before) same = false;
      bindings.set(declared, binding);
    }
    return same && last !== undefined ? last : this.#newPlan(bindings);
  }

  #newPlan(bindings: ReadonlyMap<DeclaredModel, Binding>): Plan {
    const { light, heavy, user_entity, item_entity } = this.config;
    const ofModels = (declared: readonly (DeclaredModel | undefined)[]): Place[] =>
      declared.flatMap((one) => {
        const binding = one === undefined ? undefined : bindings.get(one);
        return binding === undefined || binding instanceof RangefinderError
          ? []
          : [...binding.inputs, ...(binding.userPart?.inputs ?? [])].flatMap(({ places }) => places);
      });
    const lightPlaces = [...ofModels([light?.model]), ...placesOf(this.lightFormula)];
    const heavyPlaces = [...ofModels(heavy?.models ?? []), ...placesOf(this.heavyFormula)];
    const {
      user,
      light: atLight,
      heavy: atHeavy,
    } = planFeatures(
      this.#features,
      { user: [...this.#userPlaces(), ...ofModels(this.queryModels)], light: lightPlaces, heavy: heavyPlaces },
      { user: user_entity, item: item_entity },
    );
    return {
      bindings,
      userFeatures: new FeatureSet(this.#features, user_entity, user.read, this.#fallbacks),
      lightFeatures: new FeatureSet(this.#features, item_entity, atLight.read, this.#fallbacks),
      heavyFeatures: new FeatureSet(this.#features, item_entity, atHeavy.read, this.#fallbacks),
      contextDemands: contextDemands(bindings.values(), this.#features, this.#items),
      transforms: { user: user.transforms, light: atLight.transforms, heavy: atHeavy.transforms },
    };
  }

  readonly #isOfUser: IsOfUser = (place) => {
    if (place.kind === 'context' || place.kind === 'user_id') return true;
    const described = this.#describe(place);
    if (described?.transform === undefined) return described?.entity === this.config.user_entity;
    return place.kind === 'feature' && !isOfItems(this.#features, place.feature, this.config.item_entity);
  };

  #describe(place: Place): DescribedFeature | undefined {
    return place.kind === 'feature' ? this.#features.describe(place.feature) : undefined;
  }

  *#declaredPlaces(): Iterable<Place> {
    for (const { inputs, user_part: userPart } of this.models) {
      const written = [...Object.values(inputs), ...Object.values(userPart?.inputs ?? {})];
      for (const text of written.flat()) yield readPlace(text, text);
    }
    yield* placesOf(this.lightFormula);
    yield* placesOf(this.heavyFormula);
    yield* this.#userPlaces();
  }

  /** What sources and filters read without a model. */
  #userPlaces(): Place[] {
    const { sources, filters } = this.config;
    const texts = sources.flatMap(({ query, values }) => [query?.feature, values]).concat(filters.exclude_seen);
    return texts.flatMap((text) => (text === undefined ? [] : [readPlace(text, text)]));
  }
}

function keysOf(places: readonly Place[]): string[] {
  return places.flatMap((place) => (place.kind === 'context' ? [place.key] : []));
}

function placesOf(formula: Formula | undefined): Place[] {
  return formula?.names.map((name) => readPlace(name, name)) ?? [];
}

/** The last binding where what is served is still the same. */
function bound(models: ModelPort, declared: DeclaredModel, last: Binding | undefined, isOfUser: IsOfUser): Binding {
  if (last !== undefined && !(last instanceof RangefinderError) && stillServed(models, last)) return last;
  try {
    return bindModel(models, declared, isOfUser);
  } catch (thrown) {
    const error = toRangefinderError(thrown);
    return last instanceof RangefinderError && last.message === error.message ? last : error;
  }
}
