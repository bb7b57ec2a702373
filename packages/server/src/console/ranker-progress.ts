import type { RankerProgress, RankerProgressObserver } from '../rankers/ranker-loading.ts';

interface Terminal {
  write(text: string): unknown;
}

/** Nobody wants to read about what is done in less than this. */
const QUIET_MS = 1_000;
/** Between two lines about the same thing. */
const REPEAT_MS = 5_000;

/** Says how far a ranker is that takes its time to load: what is done first after a second, then every five. */
export class RankerLoadProgress implements RankerProgressObserver {
  readonly #terminal: Terminal;
  readonly #nowMs: () => number;
  #sinceMs: number;
  #doing = '';
  #toldMs = -Infinity;

  constructor(terminal: Terminal, nowMs: () => number) {
    this.#terminal = terminal;
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  readonly onProgress = ({ ranker, doing, done, total }: RankerProgress): void => {
    const nowMs = this.#nowMs();
    if (nowMs - this.#sinceMs < QUIET_MS) return;
    if (doing === this.#doing && nowMs - this.#toldMs < REPEAT_MS) return;
    this.#doing = doing;
    this.#toldMs = nowMs;
    const of = total === undefined ? '' : ` of ${total}`;
    this.#terminal.write(`ranker ${ranker}: ${doing}, ${done}${of} …\n`);
  };

  readonly onOpened = (ranker: string): void => {
    const tookMs = this.#nowMs() - this.#sinceMs;
    if (this.#doing !== '') this.#terminal.write(`ranker ${ranker} is loaded after ${(tookMs / 1000).toFixed(1)} s\n`);
    this.#sinceMs = this.#nowMs();
    this.#doing = '';
    this.#toldMs = -Infinity;
  };
}
