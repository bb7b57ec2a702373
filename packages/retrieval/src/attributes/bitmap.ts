/** Sets of item ids, one bit each: bit i of word i >> 5. */
export type Bitmap = Uint32Array;

export function wordsFor(idBound: number): number {
  return (idBound + 31) >>> 5;
}

export function setBit(bits: Bitmap, id: number): void {
  bits[id >>> 5]! |= 1 << (id & 31);
}

export function clearBit(bits: Bitmap, id: number): void {
  bits[id >>> 5]! &= ~(1 << (id & 31));
}

/** False beyond the end of the bitmap. */
export function hasBit(bits: Bitmap, id: number): boolean {
  return ((bits[id >>> 5] ?? 0) & (1 << (id & 31))) !== 0;
}

export function countBits(bits: Bitmap): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) {
    let x = bits[i]!;
    x -= (x >>> 1) & 0x55555555;
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
    count += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** Calls for every id in the set, ascending, until it returns false. */
export function forEachBit(bits: Bitmap, visit: (id: number) => boolean | void): void {
  for (let i = 0; i < bits.length; i++) {
    let word = bits[i]!;
    while (word !== 0) {
      const lowest = word & -word;
      if (visit(i * 32 + 31 - Math.clz32(lowest)) === false) return;
      word ^= lowest;
    }
  }
}
