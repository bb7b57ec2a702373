import { compileConfig, RangefinderError, type DeepReadonly } from '@rangefinder/base';
import type { Static } from 'typebox';
import { parseDocument } from 'yaml';
import { rankerProblems } from './ranker-checks.ts';
import { RANKER_SCHEMA } from './ranker-schema.ts';

/** A compiled `ranker.yaml`: complete, checked and frozen. */
export type RankerConfig = DeepReadonly<Static<typeof RANKER_SCHEMA>>;

/** The `items` of a ranker that is a folder. */
export type ItemsConfig = NonNullable<RankerConfig['items']>;

type Written<T> = T extends readonly (infer E)[]
  ? readonly Written<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Written<T[K]> }
    : T;

/** What a person writes: whatever has a default may be left out. */
export type WrittenRanker = Written<Static<typeof RANKER_SCHEMA>>;

/** Compiles a ranker that a program declares. Throws one INVALID_ARGUMENT with a line for each problem. */
export function defineRanker(written: WrittenRanker, source = 'defineRanker'): RankerConfig {
  return compileConfig({ schema: RANKER_SCHEMA, layers: [{ source, value: written }], check: rankerProblems });
}

/** Reads `ranker.yaml`. `file` names it in messages; throws one INVALID_ARGUMENT with a line for each problem. */
export function readRankerYaml(file: string, text: string): RankerConfig {
  const document = parseDocument(text, { uniqueKeys: true, maxAliasCount: 0 } as object);
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new RangefinderError('INVALID_ARGUMENT', `${file}: ${problem.message.split('\n')[0] ?? 'not YAML'}`, {
      field: file,
    });
  }
  return defineRanker((document.toJS({ maxAliasCount: 0 }) ?? {}) as WrittenRanker, file);
}
