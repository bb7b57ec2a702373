import type { VectorIndex } from '@rangefinder/retrieval';

/** An implementation of the VectorIndex port, and how to make one. */
export interface VectorIndexSubject {
  readonly name: string;
  create(options: VectorIndexShape): Promise<VectorIndex>;
  /** Opens what `save` of an index with this shape wrote. */
  open(path: string, options: VectorIndexShape): Promise<VectorIndex>;
  /** How far a score may be from the true one, relative to the scale of the vectors. */
  readonly scoreTolerance: number;
}

export interface VectorIndexShape {
  readonly dimensions: number;
  readonly metric: VectorIndex['metric'];
}
