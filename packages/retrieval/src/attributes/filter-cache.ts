import type { CompiledFilter } from './compiled-filter.ts';

/** Compiled filters by their canonical text, the ones used last; bounded in number and in bytes. */
export class FilterCache {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  readonly #entries = new Map<string, CompiledFilter>();
  #bytes = 0;

  constructor(entriesMax: number, bytesMax: number) {
    this.#entriesMax = entriesMax;
    this.#bytesMax = bytesMax;
  }

  get(canonical: string): CompiledFilter | undefined {
    const filter = this.#entries.get(canonical);
    if (filter === undefined) return undefined;
    // A Map keeps the order of insertion: what is used moves to the end.
    this.#entries.delete(canonical);
    this.#entries.set(canonical, filter);
    return filter;
  }

  add(filter: CompiledFilter): void {
    const bytes = sizeOf(filter);
    if (bytes > this.#bytesMax || this.#entriesMax === 0) return;
    this.#entries.set(filter.canonical, filter);
    this.#bytes += bytes;
    for (const [canonical, oldest] of this.#entries) {
      if (this.#entries.size <= this.#entriesMax && this.#bytes <= this.#bytesMax) return;
      this.#entries.delete(canonical);
      this.#bytes -= sizeOf(oldest);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

function sizeOf(filter: CompiledFilter): number {
  return filter.bits.byteLength + 2 * filter.canonical.length;
}
