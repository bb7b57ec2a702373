import { didYouMean, invalidArgument } from '@rangefinder/base';
import {
  invertedListSource,
  popularSource,
  recentSource,
  suppliedSource,
  vectorSource,
  type AttributeType,
  type CandidateList,
  type CandidateSource,
  type VectorIndex,
} from '@rangefinder/retrieval';
import type { CandidateSourceSpec } from '../ports.ts';
import type { SourceBinder } from './bound-sources.ts';
import type { ItemCatalog } from './item-catalog.ts';

/** What sources find candidates in: one catalogue, and the indexes of its vectors. */
export interface CatalogSourceParts {
  readonly items: ItemCatalog;
  /** By the name of the embedding; item numbers of the catalogue are their ids. */
  readonly indexes: ReadonlyMap<string, VectorIndex>;
  /** Item numbers with scores; undefined where nothing says what is popular. */
  readonly popular: CandidateList | undefined;
}

/** Which part of a declared source a kind reads beside its parameters. */
export const SOURCE_INPUTS: Readonly<Record<string, 'query' | 'values' | undefined>> = Object.freeze({
  ann: 'query',
  popular: undefined,
  recent: undefined,
  attribute: 'values',
  inverted: 'values',
  supplied: 'values',
});

/**
 * Sources of a catalogue, by kind. Each throws INVALID_ARGUMENT that names `sources.NAME.parameters…` for parameters that
 * it does not know, or that name what the catalogue lacks.
 */
export function catalogSources(parts: CatalogSourceParts): Readonly<Record<string, SourceBinder>> {
  const { items, indexes, popular } = parts;
  const { attributes } = items;
  const byTerms = (spec: CandidateSourceSpec): CandidateSource => {
    expectParameters(spec, ['attribute', 'order_by']);
    const attribute = attributeOf(spec, 'attribute', attributes.schema, ['keyword', 'keyword_list']);
    const orderBy =
      spec.parameters['order_by'] === undefined
        ? undefined
        : attributeOf(spec, 'order_by', attributes.schema, ['int', 'float', 'bool', 'timestamp']);
    return invertedListSource(spec.name, attributes, attribute, orderBy === undefined ? {} : { orderBy });
  };
  return {
    ann: (spec) => {
      expectParameters(spec, ['embedding']);
      return vectorSource(spec.name, indexes.get(embeddingOf(spec, [...indexes.keys()]))!);
    },
    popular: (spec) => {
      expectParameters(spec, []);
      if (popular === undefined)
        throw invalidArgument(`sources.${spec.name}.kind`, 'expected items.popular, which says what is popular');
      return popularSource(spec.name, popular);
    },
    recent: (spec) => {
      expectParameters(spec, ['attribute']);
      return recentSource(
        spec.name,
        attributes,
        attributeOf(spec, 'attribute', attributes.schema, ['timestamp', 'int', 'float']),
      );
    },
    attribute: byTerms,
    inverted: byTerms,
    supplied: (spec) => {
      expectParameters(spec, []);
      return namedItems(suppliedSource(spec.name), items);
    },
  };
}

/** The embedding that an `ann` source searches: the one that it names, or the only one that there is. */
export function embeddingOf(spec: Pick<CandidateSourceSpec, 'name' | 'parameters'>, known: readonly string[]): string {
  const named = spec.parameters['embedding'];
  const field = `sources.${spec.name}.parameters.embedding`;
  if (known.length === 0) throw invalidArgument(field, 'items have no embeddings');
  if (named === undefined) {
    if (known.length === 1) return known[0]!;
    throw invalidArgument(field, `expected one of ${known.join(', ')}`);
  }
  if (known.includes(String(named))) return String(named);
  throw invalidArgument(field, `items have no embedding ${String(named)}${didYouMean(String(named), known)}`);
}

function attributeOf(
  { name, parameters }: CandidateSourceSpec,
  parameter: string,
  schema: Readonly<Record<string, AttributeType>>,
  types: readonly AttributeType[],
): string {
  const field = `sources.${name}.parameters.${parameter}`;
  const fitting = Object.keys(schema).filter((attribute) => types.includes(schema[attribute]!));
  const attribute = parameters[parameter];
  if (attribute === undefined) {
    const words = fitting.join(', ') || 'none';
    throw invalidArgument(field, `expected an attribute of type ${types.join(', ')}; there are ${words}`);
  }
  const text = String(attribute);
  if (!Object.hasOwn(schema, text))
    throw invalidArgument(field, `items have no attribute ${text}${didYouMean(text, Object.keys(schema))}`);
  if (!types.includes(schema[text]!))
    throw invalidArgument(field, `expected an attribute of type ${types.join(', ')}; ${text} is ${schema[text]}`);
  return text;
}

function expectParameters({ name, kind, parameters }: CandidateSourceSpec, known: readonly string[]): void {
  const unknown = Object.keys(parameters).find((parameter) => !known.includes(parameter));
  if (unknown === undefined) return;
  const there = known.length === 0 ? `kind ${kind} has none` : `there are ${known.join(', ')}`;
  throw invalidArgument(`sources.${name}.parameters.${unknown}`, `unknown${didYouMean(unknown, known)}; ${there}`);
}

/** The declared values are item ids, most wanted first; those that the catalogue does not know are left out. */
function namedItems(source: CandidateSource, items: ItemCatalog): CandidateSource {
  return {
    name: source.name,
    fetch: (request) => {
      const ids = (request.inputs.terms ?? []).flatMap((id) => items.numberOf(id) ?? []);
      return source.fetch({ ...request, inputs: { items: { ids: Uint32Array.from(ids) } } });
    },
  };
}
