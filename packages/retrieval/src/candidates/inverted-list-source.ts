import { invalidArgument } from '@rangefinder/base';
import type { AttributeTable } from '../attributes/attribute-table.ts';
import { forEachBit } from '../attributes/bitmap.ts';
import type { CandidateSource } from './candidate-source.ts';
import { isWanted } from './listed-candidates.ts';
import { topCandidates } from './top-candidates.ts';

const TERMS_MAX = 64;

export interface InvertedListOptions {
  /** Breaks ties between items with equal terms, higher first: a numeric attribute of the table, popularity say. */
  readonly orderBy?: string;
}

/**
 * The items that have at least one of `inputs.terms` in a keyword or keyword-list attribute. The first of n terms is worth
 * n, the last 1, and an item's score is the sum over the terms that it has.
 */
export function invertedListSource(
  name: string,
  table: AttributeTable,
  attribute: string,
  options: InvertedListOptions = {},
): CandidateSource {
  const type = table.schema[attribute];
  if (type !== 'keyword' && type !== 'keyword_list') {
    throw invalidArgument(`${name}.attribute`, `expected a keyword or keyword_list attribute, got "${attribute}"`);
  }
  const operator = type === 'keyword' ? 'eq' : 'contains';
  const order = options.orderBy === undefined ? undefined : table.numbers(options.orderBy);
  return {
    name,
    async fetch(request) {
      const terms = [...new Set(request.inputs.terms)];
      if (terms.length > TERMS_MAX) throw invalidArgument(`${name}.terms`, `more than ${TERMS_MAX} terms`);
      const scores = new Map<number, number>();
      terms.forEach((term, i) => {
        // Through the table's cache: the list of a term is computed once, until the table changes.
        forEachBit(table.compile({ [operator]: { [attribute]: term } }).bits, (id) => {
          scores.set(id, (scores.get(id) ?? 0) + terms.length - i);
        });
      });
      return ranked(
        scores,
        request.limit,
        (id) => isWanted(request, id),
        (id) => order?.numberOf(id) ?? 0,
      );
    },
  };
}

function ranked(
  scores: ReadonlyMap<number, number>,
  limit: number,
  isWanted: (id: number) => boolean,
  orderOf: (id: number) => number,
): { ids: Uint32Array; scores: Float32Array } {
  const wanted = [...scores.keys()].filter(isWanted);
  // The rank in the secondary order decides below the whole-numbered score.
  const secondary = topCandidates(wanted.length, (offer) => {
    for (const id of wanted) offer(id, Number.isNaN(orderOf(id)) ? -Infinity : orderOf(id));
  });
  const best = topCandidates(limit, (offer) => {
    secondary.ids.forEach((id, rank) => offer(id, scores.get(id)! - rank / (wanted.length + 1)));
  });
  return { ids: best.ids, scores: Float32Array.from(best.ids, (id) => scores.get(id)!) };
}
