import type { ModelServer } from '@rangefinder/serving';

interface Terminal {
  write(text: string): unknown;
}

/** Nobody wants to read about what is done in less than this. */
const QUIET_MS = 800;

/** Says what is being loaded while that takes its time: a line per model that takes long, and one when it is done. */
export class LoadProgress {
  readonly #terminal: Terminal;
  readonly #loading = new Map<string, { readonly sinceMs: number; told: boolean }>();
  #timer: NodeJS.Timeout | undefined = undefined;
  #unobserve: () => void = () => {};

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  watch(models: ModelServer): void {
    this.#unobserve = models.observe({
      modelStateChanged: ({ model, version, state, durationMs }) => {
        const key = version === '' ? model : `${model} version ${version}`;
        if (state === 'LOADING') this.#loading.set(key, { sinceMs: performance.now(), told: false });
        else this.#done(key, state === 'READY', durationMs);
      },
    });
    this.#timer = setInterval(() => this.#tell(), QUIET_MS / 2);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unobserve();
  }

  #tell(): void {
    for (const [key, entry] of this.#loading) {
      if (entry.told || performance.now() - entry.sinceMs < QUIET_MS) continue;
      entry.told = true;
      this.#terminal.write(`loading ${key} …\n`);
    }
  }

  #done(key: string, ready: boolean, durationMs: number): void {
    const entry = this.#loading.get(key);
    this.#loading.delete(key);
    if (ready && entry?.told === true) this.#terminal.write(`loaded ${key} in ${(durationMs / 1000).toFixed(1)} s\n`);
  }
}
