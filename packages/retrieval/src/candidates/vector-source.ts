import { invalidArgument } from '@rangefinder/base';
import type { VectorIndex } from '../vector-index.ts';
import type { CandidateSource } from './candidate-source.ts';

/** The items nearest to `inputs.query` in a vector index. */
export function vectorSource(name: string, index: VectorIndex): CandidateSource {
  return {
    name,
    async fetch({ inputs, limit, filter, exclude, signal }) {
      if (inputs.query === undefined) throw invalidArgument(`${name}.query`, 'the source needs a query vector');
      return index.search({ query: inputs.query, k: limit, filter, exclude, signal });
    },
  };
}
