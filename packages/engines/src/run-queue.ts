/** First in, first out, with removal from anywhere; a Set keeps the order of insertion and makes both cheap. */
export class RunQueue<Run> {
  readonly #runs = new Set<Run>();

  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  push(run: Run): void {
    this.#runs.add(run);
  }

  peek(): Run | undefined {
    return this.#runs.values().next().value;
  }

  shift(): Run | undefined {
    const first = this.peek();
    if (first !== undefined) this.#runs.delete(first);
    return first;
  }

  /** Whether it was waiting. */
  remove(run: Run): boolean {
    return this.#runs.delete(run);
  }
}
