import { RangefinderError } from '@rangefinder/base';

/**
 * Lets results out in the order in which their requests arrived (`preserve_ordering`), whatever order they come back in:
 *
 *     arrived   1  2  3  4          settle(2) → nothing, 1 is still out
 *     settled      ✓     ✓          settle(1) → 1, 2          forget(3) → 4
 *
 * The order holds within a stream; one per priority level (`priorityLevelOf`), so that a result of high priority does not wait
 * for one of low priority that may starve. The driver calls `admit` when `enqueue` took a request, `settle` with its result or
 * the error of its run, and `forget` when it gets none: cancelled, or refused (a refusal is answered at once, out of order: it
 * carries no result, and is worth most when it is early). Each of the last two hands back what may leave now, in order.
 *
 * It holds at most what finished while an older request of the same stream runs: with `preserveOrdering` the scheduler neither
 * demotes late requests nor rotates large ones, so nothing that waits is overtaken for longer than a batch.
 */
export class OrderedRelease<T> {
  readonly #slots = new Map<number, Slot<T>>();
  readonly #heads = new Map<number, Slot<T>>();
  readonly #tails = new Map<number, Slot<T>>();

  /** Requests admitted and not released; for limits and checks. */
  get size(): number {
    return this.#slots.size;
  }

  admit(requestId: number, stream = 0): void {
    if (this.#slots.has(requestId))
      throw new RangefinderError('INTERNAL', `OrderedRelease: request ${requestId} is already admitted`);
    const previous = this.#tails.get(stream);
    const slot: Slot<T> = { requestId, stream, state: 'open', value: undefined, previous, next: undefined };
    if (previous === undefined) this.#heads.set(stream, slot);
    else previous.next = slot;
    this.#tails.set(stream, slot);
    this.#slots.set(requestId, slot);
  }

  /** Throws INTERNAL for a request that is unknown, forgotten or settled already. */
  settle(requestId: number, value: T): readonly Released<T>[] {
    const slot = this.#slots.get(requestId);
    if (slot === undefined || slot.state === 'settled') {
      throw new RangefinderError('INTERNAL', `OrderedRelease: request ${requestId} is not open`);
    }
    slot.state = 'settled';
    slot.value = value;
    return this.#releaseFrom(slot.stream);
  }

  /** No result will come, or nobody wants it. Unknown requests are ignored: they may have been released a moment ago. */
  forget(requestId: number): readonly Released<T>[] {
    const slot = this.#slots.get(requestId);
    if (slot === undefined) return [];
    this.#unlink(slot);
    return this.#releaseFrom(slot.stream);
  }

  #releaseFrom(stream: number): readonly Released<T>[] {
    const released: Released<T>[] = [];
    for (let slot = this.#heads.get(stream); slot?.state === 'settled'; slot = this.#heads.get(stream)) {
      released.push({ requestId: slot.requestId, value: slot.value as T });
      this.#unlink(slot);
    }
    return released;
  }

  #unlink(slot: Slot<T>): void {
    this.#slots.delete(slot.requestId);
    if (slot.previous !== undefined) slot.previous.next = slot.next;
    else if (slot.next !== undefined) this.#heads.set(slot.stream, slot.next);
    else this.#heads.delete(slot.stream);
    if (slot.next !== undefined) slot.next.previous = slot.previous;
    else if (slot.previous !== undefined) this.#tails.set(slot.stream, slot.previous);
    else this.#tails.delete(slot.stream);
  }
}

export interface Released<T> {
  readonly requestId: number;
  readonly value: T;
}

interface Slot<T> {
  readonly requestId: number;
  readonly stream: number;
  state: 'open' | 'settled';
  value: T | undefined;
  previous: Slot<T> | undefined;
  next: Slot<T> | undefined;
}
