import type { ItemsConfig } from '@rangefinder/ranking';
import { embeddedItemBytes } from '@rangefinder/retrieval';

export type EmbeddingConfig = ItemsConfig['embeddings'][string];

/** Vectors of one embedding as columns: item numbers, and their vectors one after the other. */
export interface VectorRows {
  readonly ids: Uint32Array;
  /** [ids.length × dimensions]. */
  readonly vectors: Float32Array;
}

/** An array of its own and an entry in a map. */
const EXACT_ITEM_BYTES = 200;

/** What one item's vector takes here at most: as it was read, in the catalogue, and in an index with its graph. */
export function vectorBytes(embedding: EmbeddingConfig): number {
  return 2 * embedding.dimensions * 4 + indexedBytes(embedding);
}

function indexedBytes({ dimensions, index, ...rest }: EmbeddingConfig): number {
  const { metric, storage, links_max: linksMax, build_effort: effort } = rest;
  if (index === 'pgvector' || index === 'redis') return 0;
  if (index === 'exact') return dimensions * 4 + EXACT_ITEM_BYTES;
  return embeddedItemBytes({ dimensions, metric, storage, linksMax, effort });
}

/** Vector rows that come one by one. */
export class GrowingVectors {
  readonly #dimensions: number;
  #ids: Uint32Array<ArrayBuffer>;
  #vectors: Float32Array<ArrayBuffer>;
  #count = 0;

  constructor(dimensions: number, expectedRows = 0) {
    this.#dimensions = dimensions;
    this.#ids = new Uint32Array(expectedRows);
    this.#vectors = new Float32Array(expectedRows * dimensions);
  }

  push(id: number, vector: Float32Array): void {
    if (this.#count === this.#ids.length) this.#grow();
    this.#ids[this.#count] = id;
    this.#vectors.set(vector, this.#count * this.#dimensions);
    this.#count++;
  }

  rows(): VectorRows {
    return {
      ids: this.#ids.subarray(0, this.#count),
      vectors: this.#vectors.subarray(0, this.#count * this.#dimensions),
    };
  }

  #grow(): void {
    const room = Math.max(1_024, Math.ceil(this.#count * 1.5));
    const ids = new Uint32Array(room);
    const vectors = new Float32Array(room * this.#dimensions);
    ids.set(this.#ids);
    vectors.set(this.#vectors);
    [this.#ids, this.#vectors] = [ids, vectors];
  }
}
