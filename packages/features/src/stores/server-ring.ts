import { createHash } from 'node:crypto';

const POINTS_PER_SERVER = 160;

/**
 * Consistent hashing: each server owns 160 arcs of a circle of 2^32, a key belongs to the server whose point comes next.
 * One server more or less moves only its own share of the keys.
 */
export class ServerRing {
  readonly #points: Uint32Array;
  readonly #owners: Uint32Array;

  constructor(names: readonly string[]) {
    const points = names.flatMap((name, owner) =>
      Array.from({ length: POINTS_PER_SERVER }, (_, i) => ({
        point: createHash('sha256').update(`${name}#${i}`).digest().readUInt32LE(0),
        owner,
      })),
    );
    points.sort((a, b) => a.point - b.point || a.owner - b.owner);
    this.#points = Uint32Array.from(points, ({ point }) => point);
    this.#owners = Uint32Array.from(points, ({ owner }) => owner);
  }

  /** Index of the key's server among the names. */
  ownerOf(key: string): number {
    const hash = hashOf(key);
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#points[middle]! < hash) low = middle + 1;
      else high = middle;
    }
    return this.#owners[low % this.#owners.length]!;
  }
}

/** FNV-1a with a final mix, without which similar keys would lie together. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
