/** Things that will happen, by time; equal times in the order in which they were added, so that a run can be repeated. */
export class EventHeap<T> {
  readonly #entries: Entry<T>[] = [];
  #nextSequence = 0;

  get size(): number {
    return this.#entries.length;
  }

  get nextTimeUs(): number | undefined {
    return this.#entries[0]?.timeUs;
  }

  push(timeUs: number, event: T): void {
    const entries = this.#entries;
    const entry = { timeUs, sequence: this.#nextSequence++, event };
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      if (!before(entry, entries[parentIndex]!)) break;
      entries[index] = entries[parentIndex]!;
      index = parentIndex;
    }
    entries[index] = entry;
  }

  pop(): { readonly timeUs: number; readonly event: T } | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= entries.length) break;
      if (childIndex + 1 < entries.length && before(entries[childIndex + 1]!, entries[childIndex]!)) childIndex += 1;
      if (!before(entries[childIndex]!, last)) break;
      entries[index] = entries[childIndex]!;
      index = childIndex;
    }
    entries[index] = last;
    return first;
  }
}

interface Entry<T> {
  readonly timeUs: number;
  readonly sequence: number;
  readonly event: T;
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.sequence < b.sequence);
}
