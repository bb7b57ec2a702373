import { invalidArgument } from '@rangefinder/base';
import type { CandidateSource } from './candidate-source.ts';
import { CandidateColumns, isWanted } from './listed-candidates.ts';

/** What the caller brought in `inputs.items`, in its order; without scores an item scores minus its position. */
export function suppliedSource(name: string): CandidateSource {
  return {
    name,
    async fetch(request) {
      const { ids, scores } = request.inputs.items ?? { ids: new Uint32Array(0) };
      if (scores !== undefined && scores.length !== ids.length) {
        throw invalidArgument(`${name}.scores`, `${scores.length} scores for ${ids.length} ids`);
      }
      const notFinite = scores?.findIndex((score) => !Number.isFinite(score)) ?? -1;
      if (notFinite >= 0) throw invalidArgument(`${name}.scores[${notFinite}]`, 'expected a finite number');
      const columns = new CandidateColumns(Math.min(request.limit, ids.length));
      const seen = new Set<number>();
      for (let i = 0; i < ids.length && !columns.isFull; i++) {
        const id = ids[i]!;
        if (seen.has(id) || !isWanted(request, id)) continue;
        seen.add(id);
        columns.push(id, scores?.[i] ?? -i);
      }
      return columns.toList();
    },
  };
}
