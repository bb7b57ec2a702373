import type { PendingRequest } from './pending-request.ts';

/**
 * Requests by the time at which something may have to be done about them: a binary min-heap in which each request knows its
 * index, so that one that leaves early is taken out in O(log n) and leaves no tombstone.
 */
export class AlarmHeap {
  readonly #items: PendingRequest[] = [];

  peek(): PendingRequest | undefined {
    return this.#items[0];
  }

  /** Adds the request, moves it, or takes it out when `alarmUs` is Infinity. */
  set(request: PendingRequest, alarmUs: number): void {
    if (alarmUs === Infinity) {
      this.remove(request);
      return;
    }
    request.alarmUs = alarmUs;
    if (request.heapIndex < 0) {
      request.heapIndex = this.#items.length;
      this.#items.push(request);
    }
    this.#settle(request);
  }

  remove(request: PendingRequest): void {
    const index = request.heapIndex;
    if (index < 0) return;
    const last = this.#items.pop()!;
    request.heapIndex = -1;
    if (last === request) return;
    this.#items[index] = last;
    last.heapIndex = index;
    this.#settle(last);
  }

  #settle(request: PendingRequest): void {
    const items = this.#items;
    let index = request.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex]!;
      if (parent.alarmUs <= request.alarmUs) break;
      items[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= items.length) break;
      if (childIndex + 1 < items.length && items[childIndex + 1]!.alarmUs < items[childIndex]!.alarmUs) childIndex += 1;
      const child = items[childIndex]!;
      if (child.alarmUs >= request.alarmUs) break;
      items[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    items[index] = request;
    request.heapIndex = index;
  }
}
