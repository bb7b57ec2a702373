import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { invalidArgument } from '@rangefinder/base';
import type { ItemCatalog } from '@rangefinder/ranking';
import type { CandidateList } from '@rangefinder/retrieval';

/**
 * Item ids, one a line, the most popular first; empty lines count for nothing. Throws INVALID_ARGUMENT with the line for an
 * id that no item has, or that came before.
 */
export async function readPopularList(file: string, items: ItemCatalog): Promise<CandidateList> {
  const ids = new Map<number, number>();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    line++;
    const id = text.replace(/^\uFEFF/, '').trim();
    if (id === '') continue;
    const field = `${file}: line ${line}`;
    const number = items.numberOf(id);
    if (number === undefined) throw invalidArgument(field, `no item has the id ${id.slice(0, 80)}`);
    const before = ids.get(number);
    if (before !== undefined) throw invalidArgument(field, `${id} is in line ${before}, too`);
    ids.set(number, line);
  }
  return listOf([...ids.keys()]);
}

/** Item numbers by their value of a column, the highest first, equal ones in the order of the items. */
export function popularByColumn({ ids, scores }: { readonly ids: number[]; readonly scores: number[] }): CandidateList {
  const order = [...ids.keys()].sort((a, b) => scores[b]! - scores[a]! || ids[a]! - ids[b]!);
  return { ids: Uint32Array.from(order, (i) => ids[i]!), scores: Float32Array.from(order, (i) => scores[i]!) };
}

/** Item numbers with scores that say nothing but their order. */
function listOf(numbers: readonly number[]): CandidateList {
  return {
    ids: Uint32Array.from(numbers),
    scores: Float32Array.from(numbers, (_, place) => numbers.length - place),
  };
}
