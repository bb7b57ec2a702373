import type { BatchRecord } from './model-server.ts';

/** The last few batches, in a ring of fixed size. */
export class RecentBatches {
  readonly #ring: (BatchRecord | undefined)[];
  #next = 0;

  constructor(capacity: number) {
    this.#ring = Array.from({ length: capacity });
  }

  add(record: BatchRecord): void {
    if (this.#ring.length === 0) return;
    this.#ring[this.#next] = record;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  newestFirst(): BatchRecord[] {
    const records: BatchRecord[] = [];
    for (let back = 1; back <= this.#ring.length; back++) {
      const record = this.#ring[(this.#next - back + this.#ring.length) % this.#ring.length];
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}
