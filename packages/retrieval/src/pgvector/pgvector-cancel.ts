import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PgvectorTarget } from './pgvector-target.ts';

/** What Postgres told a connection about itself. */
export interface BackendKey {
  readonly processID: number;
  readonly secretKey: number;
}

const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);
const CANCEL_CODE = 80_877_102;
const CANCEL_MS = 2_000;

/**
 * Asks Postgres to stop what this connection is doing, over a connection of its own: the protocol has it so, and poolers
 * pass it on. Resolves when the request was taken, or could not be brought; whether it came in time shows elsewhere.
 */
export async function cancelStatement(target: PgvectorTarget, { processID, secretKey }: BackendKey): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_CODE, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const { host, port, tls } = target;
  const socket = host.startsWith('/') ? connectTcp(`${host}/.s.PGSQL.${port}`) : connectTcp(port, host);
  const timer = setTimeout(() => socket.destroy(), CANCEL_MS);
  try {
    await event(socket, 'connect');
    if (tls === false) {
      await exchange(socket, request);
      return;
    }
    socket.write(SSL_REQUEST);
    const answer = await event(socket, 'data');
    if (answer?.toString('latin1') !== 'S') return;
    const secure = connectTls({ ...tls, socket, host, ...(isName(host) ? { servername: host } : {}) });
    await event(secure, 'secureConnect');
    await exchange(secure, request);
  } catch {
    // The connection is given up when its statement does not end.
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Postgres closes the connection once it has passed the request on. */
async function exchange(socket: Socket, request: Buffer): Promise<void> {
  socket.resume();
  socket.write(request);
  await event(socket, 'close');
}

async function event(
  socket: Socket,
  name: 'connect' | 'data' | 'secureConnect' | 'close',
): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const failed = (error?: unknown): void => reject(error instanceof Error ? error : new Error('closed'));
  socket.once(name, resolve);
  socket.once('error', failed);
  if (name !== 'close') socket.once('close', failed);
  try {
    return await promise;
  } finally {
    socket.off(name, resolve);
    socket.off('close', failed);
  }
}

function isName(host: string): boolean {
  return /[a-z]/i.test(host) && !host.includes(':');
}
