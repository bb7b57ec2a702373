import type { AttributeTable } from '../attributes/attribute-table.ts';
import type { CandidateSource } from './candidate-source.ts';
import { isWanted } from './listed-candidates.ts';
import { topCandidates } from './top-candidates.ts';

/** The newest items by a timestamp attribute; the score is its Unix time in seconds. Items without it are left out. */
export function recentSource(name: string, table: AttributeTable, attribute: string): CandidateSource {
  const times = table.numbers(attribute);
  return {
    name,
    async fetch(request) {
      const newest = topCandidates(request.limit, (offer) =>
        table.forEachId((id) => {
          const timeMs = times.numberOf(id);
          if (!Number.isNaN(timeMs) && isWanted(request, id)) offer(id, timeMs);
        }),
      );
      return { ids: newest.ids, scores: Float32Array.from(newest.values, (timeMs) => timeMs / 1000) };
    },
  };
}
