import {
  didYouMean,
  RangefinderError,
  type ConfigCheckProblem,
  type ConfigPath,
  type DeepReadonly,
} from '@rangefinder/base';
import type { Static } from 'typebox';
import { Formula } from '../formula/formula.ts';
import { calibrator } from '../rerank/calibration.ts';
import { itemsProblems } from './items-checks.ts';
import { readPlace, type Place } from './places.ts';
import type { RANKER_SCHEMA } from './ranker-schema.ts';

type Ranker = Static<typeof RANKER_SCHEMA>;
type Model = NonNullable<Ranker['heavy']>['models'][number];

/** What the schema cannot say: formulas and places that do not parse, names that nothing gives, one field against another. */
export function rankerProblems(ranker: Ranker): readonly ConfigCheckProblem[] {
  return [...checked(ranker).problems, ...itemsProblems(ranker)];
}

/** A feature that a ranker reads, and where it says so. */
export interface DeclaredFeature {
  readonly path: ConfigPath;
  /** `view:feature`. */
  readonly feature: string;
}

/** Every feature of a ranker, as often as it is named. */
export function declaredFeatures(ranker: DeepReadonly<Ranker>): readonly DeclaredFeature[] {
  return checked(ranker as Ranker).features;
}

function checked(ranker: Ranker): Checks {
  const checks = new Checks();
  const outputs = checks.outputs(ranker);
  checkSources(ranker, checks);
  if (ranker.light !== undefined) {
    const { model, score } = ranker.light;
    if (model === undefined && score === undefined)
      checks.problem(['light', 'keep'], 'expected a model, a score or both beside it');
    if (model !== undefined) checks.model(model, ['light', 'model'], ['light_score', 'output']);
    const own = model === undefined ? [] : outputNames(model);
    if (score !== undefined) checks.formula(score, ['light', 'score'], own, ['light_score']);
  }
  if (ranker.heavy !== undefined) {
    const { models, score } = ranker.heavy;
    if (models.length === 0 && score === undefined) checks.problem(['heavy'], 'expected models, a score or both');
    models.forEach((model, i) => checks.model(model, ['heavy', 'models', i], ['output']));
    if (score !== undefined) checks.formula(score, ['heavy', 'score'], [...outputs], []);
  }
  checkCalibration(ranker, outputs, checks);
  checkRules(ranker, checks);
  if (ranker.page.size > ranker.page.size_max)
    checks.problem(['page', 'size'], `expected at most size_max (${ranker.page.size_max}), got ${ranker.page.size}`);
  return checks;
}

/** The names by which formulas know the outputs of a model. */
export function outputNames(model: Pick<Model, 'name' | 'outputs'>): readonly string[] {
  const names = Object.keys(model.outputs);
  return names.length === 0 ? [model.name] : names;
}

class Checks {
  readonly problems: ConfigCheckProblem[] = [];
  readonly features: DeclaredFeature[] = [];

  problem(path: ConfigPath, message: string): void {
    this.problems.push({ path, message });
  }

  /** Output names of the heavy models, each of which must be there once. */
  outputs(ranker: Ranker): ReadonlySet<string> {
    const seen = new Set<string>();
    ranker.heavy?.models.forEach((model, i) => {
      for (const name of outputNames(model)) {
        if (seen.has(name))
          this.problem(['heavy', 'models', i], `expected outputs with names of their own, got ${name} again`);
        seen.add(name);
      }
    });
    return seen;
  }

  model(model: Model, path: ConfigPath, refused: readonly Place['kind'][]): void {
    this.inputs(model, path, refused);
    if (model.user_part === undefined) return;
    this.inputs(model.user_part, [...path, 'user_part'], USER_ONLY);
    if (model.user_part.model === model.model)
      this.problem([...path, 'user_part', 'model'], `expected a model of its own, got ${model.model} again`);
  }

  inputs(model: { inputs: Model['inputs'] }, path: ConfigPath, refused: readonly Place['kind'][]): void {
    for (const [input, written] of Object.entries(model.inputs)) {
      for (const text of typeof written === 'string' ? [written] : written)
        this.place(text, [...path, 'inputs', input], refused);
    }
  }

  place(text: string, path: ConfigPath, refused: readonly Place['kind'][]): void {
    this.attempt(path, () => {
      const place = readPlace(text, '');
      if (place.kind === 'feature') this.features.push({ path, feature: place.feature });
      if (refused.includes(place.kind)) this.problem(path, `${text}: not known at this stage`);
    });
  }

  formula(text: string, path: ConfigPath, outputs: readonly string[], refused: readonly Place['kind'][]): void {
    this.attempt(path, () => {
      for (const name of new Formula(text, '').names) {
        const place = readPlace(name, '');
        if (place.kind === 'feature') this.features.push({ path, feature: place.feature });
        if (place.kind === 'output' && !outputs.includes(place.output)) {
          this.problem(path, `no output is called ${name}${didYouMean(name, outputs)}`);
        } else if (
          refused.includes(place.kind) ||
          place.kind === 'embedding' ||
          place.kind === 'user_id' ||
          place.kind === 'item_id'
        ) {
          this.problem(path, `${name}: not a number that is known at this stage`);
        }
      }
    });
  }

  attempt(path: ConfigPath, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError)) throw thrown;
      this.problem(path, thrown.message.replace(/^: /, ''));
    }
  }
}

const USER_ONLY: readonly Place['kind'][] = ['light_score', 'output', 'item_id', 'embedding', 'source_score'];

function checkSources(ranker: Ranker, checks: Checks): void {
  const names = new Set<string>();
  ranker.sources.forEach(({ name, query, values }, i) => {
    if (names.has(name)) checks.problem(['sources', i, 'name'], `expected a name of its own, got ${name} again`);
    names.add(name);
    if (query !== undefined) {
      const path = ['sources', i, 'query'];
      if ((query.feature === undefined) === (query.model === undefined))
        checks.problem(path, 'expected a feature or a model');
      if (query.feature !== undefined)
        checks.place(query.feature, [...path, 'feature'], [...USER_ONLY, 'context', 'user_id']);
      if (query.inputs !== undefined) checks.inputs({ inputs: query.inputs }, path, USER_ONLY);
    }
    if (values !== undefined) checks.place(values, ['sources', i, 'values'], [...USER_ONLY, 'user_id']);
  });
  const { exclude_seen: seen } = ranker.filters;
  if (seen !== undefined) checks.place(seen, ['filters', 'exclude_seen'], [...USER_ONLY, 'user_id', 'context']);
}

function checkCalibration(ranker: Ranker, outputs: ReadonlySet<string>, checks: Checks): void {
  ranker.calibration.forEach((table, i) => {
    const path = ['calibration', i];
    if (table.of !== 'score' && !outputs.has(table.of)) {
      checks.problem([...path, 'of'], `no output is called ${table.of}${didYouMean(table.of, [...outputs, 'score'])}`);
    }
    checks.attempt(path, () => void calibrator(table));
  });
}

function checkRules(ranker: Ranker, checks: Checks): void {
  const pins = new Set<number>();
  ranker.rerank.rules.forEach(({ boost, multiply, block, pin }, i) => {
    const path = ['rerank', 'rules', i];
    if (boost === undefined && multiply === undefined && block !== true && pin === undefined) {
      checks.problem(path, 'expected boost, multiply, block or pin');
    }
    if (pin !== undefined && pins.has(pin))
      checks.problem([...path, 'pin'], `expected a position of its own, got ${pin} again`);
    if (pin !== undefined) pins.add(pin);
  });
}
