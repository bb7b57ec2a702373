/** Copies `count` 4-bit elements; positions are in elements, two of them in a byte, the first in the low half. */
export function copyNibbles(target: Uint8Array, to: number, source: Uint8Array, from: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const nibble = (source[(from + i) >> 1]! >> (((from + i) & 1) * 4)) & 0xf;
    const shift = ((to + i) & 1) * 4;
    const at = (to + i) >> 1;
    target[at] = (target[at]! & ~(0xf << shift)) | (nibble << shift);
  }
}
