/** A row's checksum starts behind itself. */
const FIRST_WORD = 2;

/**
 * Checksum of a row that lies in `words` from `start`, both in 32-bit words: the mixing steps of MurmurHash3 over each
 * word. It finds damage, not malice. Source: Austin Appleby's MurmurHash3, public domain.
 */
export function rowChecksum(words: Uint32Array, start: number, length: number): number {
  let hash = length;
  for (let i = start + FIRST_WORD; i < start + length; i++) {
    let k = Math.imul(words[i]!, 0xcc9e_2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b87_3593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe654_6b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
