import type { Clock, Logger, Timer } from '@rangefinder/base';
import type { RepositoryChange } from '../model-repository.ts';
import type { RepositoryScan } from './repository-scan.ts';

export interface WatcherParts {
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rejects when the whole repository cannot be read. */
  scan(): Promise<RepositoryScan>;
  onChange(change: RepositoryChange): void;
}

/**
 * Polls a repository. A change is reported once two scans in a row agree on it: a file that is still being copied grows from
 * one scan to the next, and a folder that is replaced by renaming is gone for a moment. So a change shows after one to two
 * intervals, and a model that never rests is never reported.
 */
export class RepositoryWatcher {
  readonly #parts: WatcherParts;
  #reported: RepositoryScan | undefined;
  #previous: RepositoryScan = new Map();
  #timer: Timer | undefined;
  #stopped = false;
  #failing = false;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
  }

  /** The first scan is what later ones are compared with, and reports nothing. */
  start(): void {
    void this.#loop();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** One scan; what `start` does again and again. Never rejects. */
  async look(): Promise<void> {
    let current: RepositoryScan;
    try {
      current = await this.#parts.scan();
    } catch (error) {
      // A mount that is away for a while is not a repository whose models were all removed.
      if (!this.#failing)
        this.#parts.logger.warn({ error }, 'the model repository cannot be read; what is loaded stays');
      this.#failing = true;
      return;
    }
    if (this.#failing) this.#parts.logger.info({}, 'the model repository can be read again');
    this.#failing = false;
    if (this.#stopped) return;
    if (this.#reported === undefined) this.#reported = current;
    else this.#report(this.#reported, current);
    this.#previous = current;
  }

  #report(reported: RepositoryScan, current: RepositoryScan): void {
    const added: string[] = [];
    const changed: string[] = [];
    const removed: string[] = [];
    const next = new Map(reported);
    for (const name of new Set([...reported.keys(), ...current.keys()])) {
      const before = reported.get(name);
      const now = current.get(name);
      if (now === before || now !== this.#previous.get(name)) continue;
      if (now === undefined) {
        removed.push(name);
        next.delete(name);
      } else {
        (before === undefined ? added : changed).push(name);
        next.set(name, now);
      }
    }
    if (added.length + changed.length + removed.length === 0) return;
    this.#reported = next;
    this.#parts.onChange({ added: added.sort(), changed: changed.sort(), removed: removed.sort() });
  }

  async #loop(): Promise<void> {
    await this.look();
    if (this.#stopped) return;
    this.#timer = this.#parts.clock.schedule(this.#parts.intervalMs * 1000, () => void this.#loop());
  }
}
