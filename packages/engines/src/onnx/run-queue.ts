import type { ModelRun } from './model-run.ts';

/** First in, first out, with removal from anywhere; a Set keeps the order of insertion and makes both cheap. */
export class RunQueue {
  readonly #runs = new Set<ModelRun>();

  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  push(run: ModelRun): void {
    this.#runs.add(run);
  }

  peek(): ModelRun | undefined {
    return this.#runs.values().next().value;
  }

  shift(): ModelRun | undefined {
    const first = this.peek();
    if (first !== undefined) this.#runs.delete(first);
    return first;
  }

  /** Whether it was waiting. */
  remove(run: ModelRun): boolean {
    return this.#runs.delete(run);
  }
}
