import { didYouMean, invalidArgument } from '@rangefinder/base';
import { checkLimit, type FeatureLimits } from '../reader/feature-limits.ts';
import { entityIdText } from '../values/entity-id.ts';
import type { EntitySpec } from '../views/feature-declarations.ts';
import type { EntityIds, OnlineFeaturesRequest } from './feature-service.ts';

export interface RequestEntities {
  readonly rows: number;
  /** Entity name → ids: as many as rows, or one where it is the same for all. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
}

/** Checks lengths and ids, and folds a list that repeats one id into that id, so that it is read once. */
export function requestEntities(
  { entities, context }: Pick<OnlineFeaturesRequest, 'entities' | 'context'>,
  known: readonly EntitySpec[],
  needed: ReadonlySet<string>,
  limits: FeatureLimits,
): RequestEntities {
  const given = byEntity(entities, known);
  for (const name of needed) {
    if (given.has(name)) continue;
    const { joinKey } = known.find((each) => each.name === name)!;
    throw invalidArgument(
      `entities.${joinKey}`,
      'expected ids, because features of this entity are asked for; got nothing',
    );
  }
  const lists = [...given.values(), ...Object.entries(context ?? {}).map(([key, values]) => ({ key, values }))];
  const rows = lists.reduce((most, { values }) => Math.max(most, values.length), 0);
  for (const { key, values } of lists) {
    checkLimit(limits, 'entitiesPerRead', `entities.${key}`, values.length);
    if (values.length === rows || values.length === 1) continue;
    throw invalidArgument(
      `entities.${key}`,
      `expected ${rows} values like the longest list, or one, got ${values.length}`,
    );
  }
  const ids = [...needed].map((name) => {
    const { key, values } = given.get(name)!;
    const first = values[0];
    const same = first !== undefined && values.every((value) => value === first);
    const texts = (same ? [first] : values).map((id, i) => entityIdText(limits, id, `entities.${key}[${i}]`));
    return [name, texts] as const;
  });
  return { rows, ids: new Map(ids) };
}

function byEntity(
  entities: EntityIds,
  known: readonly EntitySpec[],
): Map<string, { key: string; values: EntityIds[string] }> {
  const given = new Map<string, { key: string; values: EntityIds[string] }>();
  for (const [key, values] of Object.entries(entities)) {
    const entity = known.find(({ joinKey }) => joinKey === key) ?? known.find(({ name }) => name === key);
    if (entity === undefined) {
      const keys = known.map(({ joinKey }) => joinKey);
      throw invalidArgument(`entities.${key}`, `there is no such entity${didYouMean(key, keys)}`);
    }
    given.set(entity.name, { key, values });
  }
  return given;
}
