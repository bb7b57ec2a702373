import type { Logger } from '@rangefinder/base';
import type { BatchFinished, RequestFinished, ServingObserver } from './model-server.ts';

/** Tells all observers; one that throws is logged and harms neither the others nor the request. */
export class ObserverList {
  readonly #logger: Logger;
  #observers: readonly ServingObserver[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(observer: ServingObserver): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((one) => one !== observer);
    };
  }

  requestFinished(event: RequestFinished): void {
    for (const observer of this.#observers) this.#guarded(() => observer.requestFinished?.(event));
  }

  batchFinished(event: BatchFinished): void {
    for (const observer of this.#observers) this.#guarded(() => observer.batchFinished?.(event));
  }

  modelStateChanged(event: Parameters<NonNullable<ServingObserver['modelStateChanged']>>[0]): void {
    for (const observer of this.#observers) this.#guarded(() => observer.modelStateChanged?.(event));
  }

  #guarded(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#logger.error({ err: error }, 'an observer failed');
    }
  }
}
