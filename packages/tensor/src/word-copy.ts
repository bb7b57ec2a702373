/** Copies `count` 32-bit words. For short runs: a call of `set` with its view costs more than the copy of a hundred words. */
export function copyWords(source: Uint32Array, from: number, target: Uint32Array, to: number, count: number): void {
  let i = 0;
  for (; i + 3 < count; i += 4) {
    target[to + i] = source[from + i]!;
    target[to + i + 1] = source[from + i + 1]!;
    target[to + i + 2] = source[from + i + 2]!;
    target[to + i + 3] = source[from + i + 3]!;
  }
  for (; i < count; i++) target[to + i] = source[from + i]!;
}
