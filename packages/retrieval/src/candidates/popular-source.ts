import { invalidArgument } from '@rangefinder/base';
import type { CandidateList, CandidateSource } from './candidate-source.ts';
import { CandidateColumns, isWanted } from './listed-candidates.ts';

/** The best of a precomputed list: popularity over the last week, an editor's choice. The list is copied and sorted once. */
export function popularSource(name: string, list: CandidateList): CandidateSource {
  const { ids, scores } = bestFirst(name, list);
  return {
    name,
    async fetch(request) {
      const columns = new CandidateColumns(request.limit);
      for (let i = 0; i < ids.length && !columns.isFull; i++) {
        if (isWanted(request, ids[i]!)) columns.push(ids[i]!, scores[i]!);
      }
      return columns.toList();
    },
  };
}

/** Sorted by score, equal ones by id. Throws INVALID_ARGUMENT for scores that are not finite and for repeated ids. */
function bestFirst(name: string, list: CandidateList): CandidateList {
  if (list.ids.length !== list.scores.length) {
    throw invalidArgument(`${name}.scores`, `${list.scores.length} scores for ${list.ids.length} ids`);
  }
  if (!list.scores.every(Number.isFinite)) throw invalidArgument(`${name}.scores`, 'expected finite numbers');
  if (new Set(list.ids).size < list.ids.length) throw invalidArgument(`${name}.ids`, 'expected every id once');
  const order = Uint32Array.from(list.ids.keys()).sort(
    (a, b) => list.scores[b]! - list.scores[a]! || list.ids[a]! - list.ids[b]!,
  );
  return {
    ids: Uint32Array.from(order, (i) => list.ids[i]!),
    scores: Float32Array.from(order, (i) => list.scores[i]!),
  };
}
