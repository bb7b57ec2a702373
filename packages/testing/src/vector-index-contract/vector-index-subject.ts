import type { SnapshotVectorIndex, VectorIndex } from '@rangefinder/retrieval';

/** An implementation of the VectorIndex port, and how to make one. */
export interface VectorIndexSubject {
  readonly name: string;
  /** An index that holds nothing of any other case. The suite closes it. */
  create(options: VectorIndexShape): Promise<VectorIndex>;
  /** Left out where another server keeps the items. */
  readonly snapshots?: SnapshotSubject;
  /** How far a score may be from the true one, relative to the scale of the vectors. */
  readonly scoreTolerance: number;
}

export interface SnapshotSubject {
  create(options: VectorIndexShape): Promise<SnapshotVectorIndex>;
  /** Opens what `save` of an index with this shape wrote. */
  open(path: string, options: VectorIndexShape): Promise<SnapshotVectorIndex>;
}

export interface VectorIndexShape {
  readonly dimensions: number;
  readonly metric: VectorIndex['metric'];
}
