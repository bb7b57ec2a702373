import type { ItemFilter } from '../vector-index.ts';
import type { Arena } from './arena.ts';

const RESIDENTS_MAX = 64;

export interface ResidentFilter {
  readonly at: number;
  readonly words: number;
}

interface Resident extends ResidentFilter {
  users: number;
}

/**
 * Bits of filters inside the searched memory. A filter that is used again, the same object, is copied once; the ones used
 * longest ago leave when there are more than 64, unless a search reads them.
 */
export class FilterResidence {
  readonly #arena: Arena;
  readonly #residents = new Map<Uint32Array, Resident>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  enter(filter: ItemFilter): ResidentFilter {
    let resident = this.#residents.get(filter.bits);
    if (resident === undefined) {
      this.#makeRoom();
      const at = this.#arena.allocate(filter.bits.byteLength);
      this.#arena.views.u32.set(filter.bits, at >>> 2);
      resident = { at, words: filter.bits.length, users: 0 };
    } else {
      this.#residents.delete(filter.bits);
    }
    this.#residents.set(filter.bits, resident);
    resident.users++;
    return resident;
  }

  leave(filter: ItemFilter): void {
    const resident = this.#residents.get(filter.bits);
    if (resident !== undefined) resident.users--;
  }

  #makeRoom(): void {
    if (this.#residents.size < RESIDENTS_MAX) return;
    for (const [bits, { at, users }] of this.#residents) {
      if (users > 0) continue;
      this.#residents.delete(bits);
      this.#arena.free(at, bits.byteLength);
      return;
    }
  }
}
