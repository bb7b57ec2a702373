import { redisClient, type RedisClient } from './redis-client.ts';
import type { RedisTarget } from './redis-target.ts';

/** One client, and what there is to know about it: whether it may be used, and why not. */
export class RedisConnection {
  readonly client: RedisClient;
  #lastError: Error | undefined = undefined;
  #closed = false;

  /** Connects when it is first asked to be ready. */
  constructor(target: RedisTarget) {
    this.client = redisClient(target);
    // Without a listener a lost connection would end the process.
    this.client.on('error', (error: Error) => (this.#lastError = error));
    this.client.on('ready', () => (this.#lastError = undefined));
  }

  /** What the client says of a lost connection is that it is closed; the error before it says why. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** At once when there is a connection; waits for the first one; fails at once when the last was lost and none is back. */
  async ready(): Promise<void> {
    const { status } = this.client;
    if (status === 'ready') return;
    if (this.#closed) throw new Error('the store is closed');
    if (status === 'wait') {
      await this.client.connect();
      return;
    }
    if (this.#lastError !== undefined || status === 'reconnecting' || status === 'close' || status === 'end') {
      throw this.#lastError ?? new Error('the connection was lost and is being made again');
    }
    await readiness(this.client);
  }

  close(): void {
    this.#closed = true;
    this.client.disconnect();
  }
}

async function readiness(client: RedisClient): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const lost = (error?: Error): void => reject(error ?? new Error('the connection was closed before it was ready'));
  client.once('ready', resolve);
  client.once('error', lost);
  client.once('end', lost);
  try {
    await promise;
  } finally {
    client.off('ready', resolve);
    client.off('error', lost);
    client.off('end', lost);
  }
}
