import type { JsonCursor } from './cursor.ts';

const FEW = 16;

/** The keys of one object so far. A list while they are few, which they nearly always are. */
export class SeenKeys {
  readonly #few: string[] = [];
  #many: Set<string> | undefined;

  /** Throws INVALID_ARGUMENT for a key that came before. */
  add(cursor: JsonCursor, key: string): void {
    const isKnown = this.#many ? this.#many.has(key) : this.#few.includes(key);
    if (isKnown) throw cursor.fail(`key '${key}' comes twice`);
    if (this.#many) this.#many.add(key);
    else if (this.#few.push(key) === FEW) this.#many = new Set(this.#few);
  }
}
