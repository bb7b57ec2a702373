/**
 * Whether the caller went away, as an AbortSignal says it. With its listeners an AbortController costs a request tens of
 * microseconds, so that is only made for ports that ask for one.
 */
export class Cancellation {
  aborted = false;
  readonly #listeners = new Set<() => void>();
  #controller: AbortController | undefined = undefined;
  #reason: unknown = undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (const listener of this.#listeners) listener();
  }

  add(listener: () => void): void {
    this.#listeners.add(listener);
  }

  remove(listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
