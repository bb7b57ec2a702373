import type { Arena } from './arena.ts';

/** Pieces of the arena in sizes of powers of two, kept for the next one who needs that size. */
export class MemoryPool {
  readonly #arena: Arena;
  readonly #idle = new Map<number, number[]>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  take(wanted: number): Piece {
    const bytes = 2 ** Math.ceil(Math.log2(Math.max(256, wanted)));
    const at = this.#idle.get(bytes)?.pop() ?? this.#arena.allocate(bytes);
    return { at, bytes };
  }

  giveBack({ at, bytes }: Piece): void {
    const idle = this.#idle.get(bytes);
    if (idle === undefined) this.#idle.set(bytes, [at]);
    else idle.push(at);
  }
}

export interface Piece {
  readonly at: number;
  readonly bytes: number;
}
