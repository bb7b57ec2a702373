import {
  didYouMean,
  RangefinderError,
  type ConfigCheckProblem,
  type ConfigPath,
  type DeepReadonly,
} from '@rangefinder/base';
import { AttributeTable } from '@rangefinder/retrieval';
import type { Static } from 'typebox';
import type { RANKER_SCHEMA } from './ranker-schema.ts';

type Ranker = Static<typeof RANKER_SCHEMA>;
type Items = NonNullable<Ranker['items']>;

const ITEM_EMBEDDING = /^item\.embedding\.(?<name>\w+)$/;

/** What the schema cannot say of `items`, and what the rest of the ranker asks of items that it does not declare. */
export function itemsProblems(ranker: Ranker): readonly ConfigCheckProblem[] {
  const { items } = ranker;
  return items === undefined
    ? []
    : [...ownProblems(items), ...attributeProblems(ranker, items), ...embeddingProblems(ranker, items)];
}

function ownProblems({ file, format, popular, embeddings }: Items): ConfigCheckProblem[] {
  const problems: ConfigCheckProblem[] = [];
  const problem = (path: ConfigPath, message: string): void =>
    void problems.push({ path: ['items', ...path], message });
  if (format !== undefined && file === undefined) problem(['format'], 'expected a file with it');
  if (popular !== undefined && (popular.column === undefined) === (popular.file === undefined))
    problem(['popular'], 'expected a column or a file');
  for (const [name, embedding] of Object.entries(embeddings)) {
    const path = ['embeddings', name];
    if ((embedding.column === undefined) === (embedding.file === undefined))
      problem(path, 'expected a column or a file');
    if (embedding.index === 'exact' && embedding.storage !== 'float32')
      problem([...path, 'storage'], `expected float32, as an exact index keeps them, got ${embedding.storage}`);
    const isServed = embedding.index === 'pgvector' || embedding.index === 'redis';
    if (isServed && embedding.server === undefined)
      problem([...path, 'server'], `required for index: ${embedding.index}: it says which variable holds the URL`);
    if (!isServed && embedding.server !== undefined)
      problem([...path, 'server'], `expected index: pgvector or redis with it, got ${embedding.index}`);
    if (isServed && embedding.storage === 'int8')
      problem([...path, 'storage'], `expected float32 or float16 for index: ${embedding.index}, got int8`);
    if (embedding.links_max % 2 !== 0)
      problem([...path, 'links_max'], `expected an even number, got ${embedding.links_max}`);
  }
  return problems;
}

function attributeProblems({ filters, rerank }: Ranker, { attributes }: Items): ConfigCheckProblem[] {
  const problems: ConfigCheckProblem[] = [];
  const table = new AttributeTable(attributes);
  const check = (filter: unknown, path: ConfigPath): void => {
    try {
      table.compile(filter);
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError)) throw thrown;
      problems.push({ path, message: thrown.message.replace(/^filter[.:]? ?/, '') });
    }
  };
  filters.where.forEach((filter, i) => check(filter, ['filters', 'where', i]));
  rerank.rules.forEach(({ where }, i) => check(where, ['rerank', 'rules', i, 'where']));
  rerank.max_per_value.forEach(({ attribute }, i) => {
    if (Object.hasOwn(attributes, attribute)) return;
    const message = `items have no attribute ${attribute}${didYouMean(attribute, Object.keys(attributes))}`;
    problems.push({ path: ['rerank', 'max_per_value', i, 'attribute'], message });
  });
  return problems;
}

function embeddingProblems(ranker: Ranker, { embeddings }: Items): ConfigCheckProblem[] {
  return [...namedEmbeddings(ranker)].flatMap(({ name, path }) =>
    Object.hasOwn(embeddings, name)
      ? []
      : [{ path, message: `items have no embedding ${name}${didYouMean(name, Object.keys(embeddings))}` }],
  );
}

/** Embeddings that stages after the sources read of items, and where the ranker says so. */
export function* namedEmbeddings(
  ranker: Pick<DeepReadonly<Ranker>, 'light' | 'heavy' | 'rerank'>,
): Generator<{ readonly name: string; readonly path: ConfigPath }> {
  const { light, heavy, rerank } = ranker;
  const models: [ConfigPath, { readonly inputs: Readonly<Record<string, string | readonly string[]>> } | undefined][] =
    [
      [['light', 'model'], light?.model],
      ...(heavy?.models ?? []).map((model, i): [ConfigPath, typeof model] => [['heavy', 'models', i], model]),
    ];
  for (const [path, model] of models) {
    for (const [input, places] of Object.entries(model?.inputs ?? {})) {
      for (const place of typeof places === 'string' ? [places] : places) {
        const name = ITEM_EMBEDDING.exec(place)?.groups?.['name'];
        if (name !== undefined) yield { name, path: [...path, 'inputs', input] };
      }
    }
  }
  if (rerank.mmr !== undefined) yield { name: rerank.mmr.embedding, path: ['rerank', 'mmr', 'embedding'] };
}
