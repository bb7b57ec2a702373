import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * - `pass`: as if it were not there
 * - `slow`: answers are held back until it becomes something else
 * - `black-hole`: takes everything, answers nothing
 * - `reset`: every connection is reset when the client sends something
 * - `garbage`: answers with bytes that mean nothing
 * - `half-close`: closes its half of the connection instead of an answer
 * - `refuse`: accepts no connection
 */
export type ProxyFault = 'pass' | 'slow' | 'black-hole' | 'reset' | 'garbage' | 'half-close' | 'refuse';

/** Stands between a client and a server, and fails as it is told. */
export class FaultProxy {
  fault: ProxyFault = 'pass';
  connections = 0;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  /** Connections on which bytes were lost: no network gives one back after that. */
  readonly #torn = new Set<Socket>();
  #held: (() => void)[] = [];
  #server: Server | undefined = undefined;
  #port = 0;

  constructor(targetPort: number) {
    this.#target = targetPort;
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#serve(client));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Sets the fault for what comes; `refuse` and `reset` also end the connections there are. */
  async become(fault: ProxyFault): Promise<void> {
    const listened = this.fault !== 'refuse';
    this.fault = fault;
    for (const socket of this.#torn) socket.destroy();
    if (fault === 'pass') for (const release of this.#held) release();
    if (fault !== 'slow') this.#held = [];
    if (fault === 'refuse' && listened) await this.close();
    if (fault !== 'refuse' && !listened) await this.listen();
    if (fault === 'reset') for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
  }

  #serve(client: Socket): void {
    this.connections++;
    const upstream = connect({ port: this.#target, host: '127.0.0.1' });
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#torn.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (this.fault === 'pass' || this.fault === 'slow') {
        upstream.write(chunk);
        return;
      }
      this.#torn.add(client);
      if (this.fault === 'reset') client.resetAndDestroy();
      else if (this.fault === 'garbage') client.write('!?\u0000 this is no protocol\r\n');
      else if (this.fault === 'half-close') client.end();
    });
    upstream.on('data', (chunk) => {
      if (this.fault === 'pass') client.write(chunk);
      else if (this.fault === 'slow') this.#held.push(() => client.write(chunk));
      else this.#torn.add(client);
    });
  }
}
