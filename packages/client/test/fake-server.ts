import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { RangefinderClient, type ClientOptions } from '@rangefinder/client';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** Of the client's end of the connection. */
  readonly port: number | undefined;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A server that answers as told, and a client of it; both closed when the `use` is over. */
export async function withServer(
  answer: (request: SeenRequest) => FakeAnswer | Promise<FakeAnswer> | undefined,
  use: (client: RangefinderClient, seen: SeenRequest[], url: string) => Promise<void>,
  options: Partial<ClientOptions> = {},
): Promise<void> {
  const seen: SeenRequest[] = [];
  const server = http.createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
        port: request.socket.remotePort,
      };
      seen.push(one);
      const told = await answer(one);
      // Undefined: never answers.
      if (told) response.writeHead(told.status ?? 200, told.headers).end(told.body);
    })();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new RangefinderClient({ url, ...options });
  try {
    await use(client, seen, url);
  } finally {
    client.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

export function json(value: unknown, status = 200): FakeAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
