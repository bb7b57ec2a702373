import { HealthCheckResponse_ServingStatus as ServingStatus } from '@rangefinder/protocol/grpc';
import type { ModelServer } from '@rangefinder/serving';

/** Whether the server's services take calls, and who wants to know when that changes. */
export class ServingHealth {
  readonly #models: Pick<ModelServer, 'ready'>;
  readonly #services: ReadonlySet<string>;
  readonly #listeners = new Set<() => void>();
  #stopping = false;
  #last = false;

  /** `services`: their full names; the empty name is the server as a whole. */
  constructor(models: Pick<ModelServer, 'ready'>, services: readonly string[]) {
    this.#models = models;
    this.#services = new Set(['', ...services]);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Undefined for a service that is not there. */
  statusOf(service: string): ServingStatus | undefined {
    if (!this.#services.has(service)) return undefined;
    return this.#serving() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  /** To be called when readiness may have changed. */
  refresh(): void {
    const serving = this.#serving();
    if (serving === this.#last) return;
    this.#last = serving;
    this.#tell();
  }

  stop(): void {
    this.#stopping = true;
    this.#last = false;
    this.#tell();
  }

  /** Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #serving(): boolean {
    return this.#models.ready && !this.#stopping;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
