import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { RangefinderError } from '@rangefinder/base';
import type { MemcachedServer } from './memcached-options.ts';
import { MemcachedReplies, type ReplySink } from './memcached-replies.ts';

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 2_000;
/** memcached takes up to 1 MiB by default and can be told more. */
const VALUE_BYTES_MAX = 64 * 1024 * 1024;
/** Keys of one get command; several go in one write. */
const KEYS_PER_GET = 200;

interface Waiting {
  readonly sink: ReplySink;
  readonly reject: (error: Error) => void;
}

/**
 * One server, one socket, commands and replies in order. Connects when it is asked and there is no connection; after a
 * failure it refuses at once until its backoff is over, so that nobody waits for a server that is away.
 */
export class MemcachedConnection {
  readonly server: MemcachedServer;
  #socket: Socket | undefined = undefined;
  #connected: Promise<Socket> | undefined = undefined;
  #replies = new MemcachedReplies(VALUE_BYTES_MAX);
  #waiting = new Set<Waiting>();
  #failures = 0;
  #retryAtMs = 0;
  #lastError: Error | undefined = undefined;
  #closed = false;

  constructor(server: MemcachedServer) {
    this.server = server;
  }

  /** Values of those keys that there are, by key. */
  async get(keys: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const socket = await this.#ready();
    const found = new Map<string, Buffer>();
    let ends = Math.ceil(keys.length / KEYS_PER_GET);
    let text = '';
    for (let start = 0; start < keys.length; start += KEYS_PER_GET) {
      text += `get ${keys.slice(start, start + KEYS_PER_GET).join(' ')}\r\n`;
    }
    await this.#send(socket, text, {
      value: (key, bytes) => void found.set(key, bytes),
      line: (line) => {
        if (line !== 'END') throw new Error(line.slice(0, 200));
        return --ends === 0;
      },
    });
    return found;
  }

  /** Sends commands that are answered with one line each; rejects for the first answer that is not among `accepted`. */
  async run(commands: readonly (string | Uint8Array)[], replies: number, accepted: readonly string[]): Promise<void> {
    const socket = await this.#ready();
    await this.#commands(socket, Buffer.concat(commands.map((part) => Buffer.from(part))), replies, accepted);
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
    this.#fail(new Error('the store is closed'));
  }

  async #commands(socket: Socket, bytes: Buffer, replies: number, accepted: readonly string[]): Promise<void> {
    let left = replies;
    let refusal: string | undefined;
    await this.#send(socket, bytes, {
      value: () => {
        throw new Error('expected no value');
      },
      line: (line) => {
        if (!accepted.includes(line)) {
          // After ERROR or CLIENT_ERROR the server may read our data as commands.
          if (!line.startsWith('SERVER_ERROR')) throw new Error(line.slice(0, 200));
          refusal ??= line;
        }
        return --left === 0;
      },
    });
    if (refusal !== undefined) throw refusalError(refusal);
  }

  #send(socket: Socket, bytes: Buffer | string, sink: ReplySink): Promise<void> {
    if (this.#socket !== socket) return Promise.reject(this.#lastError ?? new Error('the connection was closed'));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { sink, reject };
    this.#waiting.add(waiting);
    this.#replies.expect({
      value: (key, bytes) => sink.value(key, bytes),
      line: (line) => {
        const last = sink.line(line);
        if (last) {
          this.#waiting.delete(waiting);
          resolve();
        }
        return last;
      },
    });
    socket.write(bytes);
    return promise;
  }

  #ready(): Promise<Socket> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    if (this.#connected !== undefined) return this.#connected;
    if (performance.now() < this.#retryAtMs) {
      return Promise.reject(this.#lastError ?? new Error('the connection was lost'));
    }
    this.#connected = this.#connect();
    return this.#connected;
  }

  async #connect(): Promise<Socket> {
    const { host, port, tls, connectMs, silenceMs, credentials } = this.server;
    const secure = tls !== undefined;
    const socket = secure ? connectSecurely({ host, port, ...tls }) : connect({ host, port });
    this.#socket = socket;
    this.#replies = new MemcachedReplies(VALUE_BYTES_MAX);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    socket.setNoDelay(true);
    socket.setTimeout(connectMs, () => {
      if (socket.connecting) socket.destroy(new Error(`no connection within ${connectMs} ms`));
      else if (this.#waiting.size > 0) socket.destroy(new Error(`no answer within ${silenceMs} ms`));
    });
    socket.once(secure ? 'secureConnect' : 'connect', resolve);
    socket.on('data', (chunk) => this.#receive(socket, chunk));
    // A server that closes its half will not answer any more.
    socket.on('end', () => socket.destroy(new Error('the server closed the connection')));
    socket.on('error', (error) => (this.#lastError = error));
    socket.on('close', () => {
      const error = this.#lastError ?? new Error('the connection was closed');
      reject(error);
      if (this.#socket === socket) this.#fail(error);
    });
    await promise;
    socket.setTimeout(silenceMs);
    if (credentials !== undefined) await this.#signIn(socket, credentials);
    this.#failures = 0;
    this.#lastError = undefined;
    return socket;
  }

  async #signIn(socket: Socket, credentials: string): Promise<void> {
    const data = Buffer.from(credentials);
    const command = Buffer.concat([Buffer.from(`set rf 0 0 ${data.length}\r\n`), data, Buffer.from('\r\n')]);
    try {
      await this.#commands(socket, command, 1, ['STORED']);
    } catch (thrown) {
      socket.destroy();
      throw thrown;
    }
  }

  #receive(socket: Socket, chunk: Buffer): void {
    try {
      this.#replies.receive(chunk);
    } catch (thrown) {
      socket.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  #fail(error: Error): void {
    this.#socket = undefined;
    this.#connected = undefined;
    this.#lastError = error;
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(this.#failures++, 10));
    this.#retryAtMs = performance.now() + ceiling / 2 + Math.random() * (ceiling / 2);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

function refusalError(line: string): Error {
  return line.includes('too large')
    ? new RangefinderError('PAYLOAD_TOO_LARGE', `memcached: a row is larger than its item size limit (${line})`)
    : new Error(line);
}
