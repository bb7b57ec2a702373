import { RangefinderError } from '@rangefinder/base';

/** Reckons what a ranker's items will take, before it is taken. */
export class MemoryBudget {
  readonly #field: string;
  readonly #limitBytes: number;
  #bytes = 0;

  /** `field` is the limit's place for messages: `films/ranker.yaml: items.limits.bytes`. */
  constructor(field: string, limitBytes: number) {
    this.#field = field;
    this.#limitBytes = limitBytes;
  }

  /** Throws RESOURCE_EXHAUSTED past the limit. */
  take(bytes: number, what: string): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#limitBytes) return;
    throw new RangefinderError(
      'RESOURCE_EXHAUSTED',
      `${this.#field}: ${what} would take ${Math.ceil(this.#bytes)} bytes with the rest, more than the limit of ${this.#limitBytes}`,
      { field: this.#field },
    );
  }
}
