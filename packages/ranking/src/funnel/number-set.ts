import type { RequestMemory } from './request-memory.ts';

/** Items are few and their numbers may be any: a table with free slots, not a bit an item. */
const FREE = 0xffff_ffff;

/** The item numbers met so far, at most as many as it was made for; `UNKNOWN_ITEM` names no item and is never new. */
export class NumberSet {
  readonly #slots: Uint32Array;
  readonly #mask: number;

  constructor(capacity: number, memory: RequestMemory) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, 2 * capacity)));
    this.#slots = memory.numbers(size).fill(FREE);
    this.#mask = size - 1;
  }

  /** Whether the number is new. */
  add(number: number): boolean {
    const slots = this.#slots;
    // Multiplying by an odd constant spreads numbers in a row over the table. Source: Knuth's multiplicative hashing.
    let slot = (Math.imul(number, 0x9e37_79b1) >>> 15) & this.#mask;
    while (slots[slot] !== FREE) {
      if (slots[slot] === number) return false;
      slot = (slot + 1) & this.#mask;
    }
    slots[slot] = number;
    return number !== FREE;
  }
}
