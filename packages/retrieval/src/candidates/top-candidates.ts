/** The `limit` offers with the highest values, equal ones by lower id, best first. A heap keeps the worst at its root. */
export function topCandidates(
  limit: number,
  enumerate: (offer: (id: number, value: number) => void) => void,
): { readonly ids: Uint32Array; readonly values: Float64Array } {
  const ids = new Uint32Array(limit);
  const values = new Float64Array(limit);
  let count = 0;
  const isWorse = (valueA: number, idA: number, b: number): boolean =>
    valueA < values[b]! || (valueA === values[b]! && idA > ids[b]!);

  const siftUp = (id: number, value: number): void => {
    let at = count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isWorse(value, id, parent)) break;
      ids[at] = ids[parent]!;
      values[at] = values[parent]!;
      at = parent;
    }
    ids[at] = id;
    values[at] = value;
  };

  const replaceRoot = (id: number, value: number): void => {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && isWorse(values[child + 1]!, ids[child + 1]!, child)) child++;
      if (isWorse(value, id, child)) break;
      ids[at] = ids[child]!;
      values[at] = values[child]!;
      at = child;
    }
    ids[at] = id;
    values[at] = value;
  };

  enumerate((id, value) => {
    if (count < limit) siftUp(id, value);
    else if (limit > 0 && !isWorse(value, id, 0)) replaceRoot(id, value);
  });
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => values[b]! - values[a]! || ids[a]! - ids[b]!,
  );
  return { ids: Uint32Array.from(order, (i) => ids[i]!), values: Float64Array.from(order, (i) => values[i]!) };
}
