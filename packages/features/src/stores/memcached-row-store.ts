import type { ReadOptions, RowEntry, RowKey, RowStore } from '../row-store.ts';
import { MemcachedConnection } from './memcached-connection.ts';
import { memcachedTarget, type MemcachedRowStoreOptions } from './memcached-options.ts';
import { memcachedKey } from './row-key-text.ts';
import { ServerRing } from './server-ring.ts';
import { answering, storeUnavailable, withinDeadline } from './store-failure.ts';

const WRITE_MS = 10_000;
const CHECK_MS = 2_000;
const COMMANDS_PER_WRITE = 1_000;
const CRLF = '\r\n';

/**
 * Rows in memcached, over any number of servers by consistent hashing. A read is one write and one answer per server, all
 * servers together. Speaks the text protocol, which every memcached, proxy and managed service knows. memcached forgets rows
 * when its memory is full: keep it for features that can be computed again.
 */
export class MemcachedRowStore implements RowStore {
  readonly name = 'memcached';
  readonly #prefix: string;
  readonly #connections: readonly MemcachedConnection[];
  readonly #ring: ServerRing;

  /** Throws INVALID_ARGUMENT for a URL it cannot read; connects at the first call. */
  constructor(options: MemcachedRowStoreOptions) {
    const { servers, prefix } = memcachedTarget(options);
    this.#prefix = prefix;
    this.#connections = servers.map((server) => new MemcachedConnection(server));
    this.#ring = new ServerRing(servers.map(({ host, port }) => `${host}:${port}`));
  }

  async readMany(keys: readonly RowKey[], { timeoutMs }: ReadOptions): Promise<readonly (Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    const names = keys.map((key) => memcachedKey(this.#prefix, key));
    return this.#call(timeoutMs, async () => {
      const groups = this.#byServer(new Set(names), (name) => name);
      const found = await Promise.all(groups.map(({ connection, items }) => connection.get(items)));
      const valuesByName = new Map(found.flatMap((values) => [...values]));
      return names.map((name) => valuesByName.get(name));
    });
  }

  async writeMany(entries: readonly RowEntry[]): Promise<void> {
    const nowMs = Date.now();
    const latest = new Map(entries.map((entry) => [memcachedKey(this.#prefix, entry), entry]));
    const commands = [...latest].map(([name, { row, expireMs }]) => ({
      name,
      parts: [`set ${name} 0 ${expirySeconds(expireMs, nowMs)} ${row.length}${CRLF}`, row, CRLF],
    }));
    await this.#run(commands, ['STORED']);
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    const names = new Set(keys.map((key) => memcachedKey(this.#prefix, key)));
    const commands = [...names].map((name) => ({ name, parts: [`delete ${name}${CRLF}`] }));
    await this.#run(commands, ['DELETED', 'NOT_FOUND']);
  }

  /** Every server must answer. */
  async check(): Promise<void> {
    const probe = `${this.#prefix}#check`;
    await answering(
      this.#call(CHECK_MS, () => Promise.all(this.#connections.map((connection) => connection.get([probe])))),
    );
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
  }

  async #run(commands: readonly Command[], accepted: readonly string[]): Promise<void> {
    for (let start = 0; start < commands.length; start += COMMANDS_PER_WRITE) {
      const part = commands.slice(start, start + COMMANDS_PER_WRITE);
      await this.#call(WRITE_MS, async () => {
        const groups = this.#byServer(part, ({ name }) => name);
        await Promise.all(
          groups.map(({ connection, items }) => {
            const parts = items.flatMap((item) => item.parts);
            return connection.run(parts, items.length, accepted);
          }),
        );
      });
    }
  }

  #byServer<T>(items: Iterable<T>, nameOf: (item: T) => string): { connection: MemcachedConnection; items: T[] }[] {
    const groups = this.#connections.map((connection) => ({ connection, items: [] as T[] }));
    for (const item of items) groups[this.#ring.ownerOf(nameOf(item))]!.items.push(item);
    return groups.filter(({ items: own }) => own.length > 0);
  }

  async #call<T>(timeoutMs: number, send: () => Promise<T>): Promise<T> {
    try {
      return await withinDeadline(timeoutMs, this.name, send);
    } catch (thrown) {
      throw storeUnavailable(this.name, thrown);
    }
  }
}

interface Command {
  readonly name: string;
  readonly parts: readonly (string | Uint8Array)[];
}

/** Seconds of the epoch; 0 for never, negative for at once. */
function expirySeconds(expireMs: number, nowMs: number): number {
  if (expireMs <= 0) return 0;
  return expireMs <= nowMs ? -1 : Math.ceil(expireMs / 1000);
}
