/**
 * Which requests of different sizes share a batch, and to what size they are padded. Sizes only; the bytes are the driver's.
 *
 * A ragged dimension may have buckets, ascending. A size goes to the smallest bucket that holds it and is padded to exactly
 * that, so a model sees few shapes. Sizes above the last bucket share one open-ended group, padded to the largest size in the
 * batch; so do all sizes where there are no buckets.
 */
export interface RaggedInput {
  readonly name: string;
  /** Without the batch dimension. */
  readonly shape: readonly number[];
  /** Indices into `shape` of the dimensions in which requests of one batch may differ; empty for none. */
  readonly raggedDimensions: readonly number[];
  /** Ascending; empty to pad to the largest in the batch. */
  readonly buckets: readonly number[];
}

export interface RaggedPlacement {
  /** Equal for requests that may share a batch. */
  readonly shapeKey: string;
  /** For each input its shape once padded; Infinity in a dimension that takes the largest size in the batch. */
  readonly paddedShapes: readonly (readonly number[])[];
}

/** The smallest bucket that holds `size`; Infinity above the last, and where there are none. `buckets` ascends. */
export function bucketSize(size: number, buckets: readonly number[]): number {
  let low = 0;
  let high = buckets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (buckets[middle]! < size) low = middle + 1;
    else high = middle;
  }
  return buckets[low] ?? Infinity;
}

/**
 * The group of a request, from the shapes of its inputs in an order that is the same for all requests. Names are part of the
 * key, so a request that leaves an optional input out shares no batch with one that gives it. In a key, `[8,>512]` is a first
 * dimension of 8 and a second above the last bucket of 512; `*` stands where any size goes.
 */
export function raggedShapeKey(inputs: readonly RaggedInput[]): RaggedPlacement {
  let shapeKey = '';
  const paddedShapes: number[][] = [];
  for (const { name, shape, raggedDimensions, buckets } of inputs) {
    const padded = [...shape];
    const parts: (number | string)[] = [...shape];
    for (const dimension of raggedDimensions) {
      const size = bucketSize(shape[dimension]!, buckets);
      padded[dimension] = size;
      parts[dimension] = size !== Infinity ? size : buckets.length === 0 ? '*' : `>${buckets.at(-1)!}`;
    }
    paddedShapes.push(padded);
    // The length keeps a name that looks like part of a key from meaning something else.
    shapeKey += `${name.length}:${name}[${parts.join(',')}]`;
  }
  return { shapeKey, paddedShapes };
}

/**
 * The shapes of a batch, one for each input: open-ended dimensions become the largest size among the members.
 * `members[m][i]` is the true shape of input i of member m, without the batch dimension.
 */
export function batchShapes(
  placement: RaggedPlacement,
  members: readonly (readonly (readonly number[])[])[],
): number[][] {
  return placement.paddedShapes.map((padded, input) =>
    padded.map((size, dimension) => {
      if (size !== Infinity) return size;
      let largest = 0;
      for (const member of members) largest = Math.max(largest, member[input]![dimension]!);
      return largest;
    }),
  );
}
