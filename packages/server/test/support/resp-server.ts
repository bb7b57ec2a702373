import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** As much of Redis as a row store speaks, in this process: values by key, over RESP2 on a real socket. */
export class RespServer {
  readonly values = new Map<string, Buffer>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined = undefined;

  get port(): number {
    return (this.#server!.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket)).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
    await once(this.#server!, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const command = commandIn(received);
        if (command === undefined) return;
        received = received.subarray(command.end);
        socket.write(this.#reply(command.parts));
      }
    });
  }

  #reply([name, ...rest]: readonly Buffer[]): Buffer {
    const words = rest.map(String);
    switch (String(name).toLowerCase()) {
      case 'mget':
        return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...words.map((key) => bulk(this.values.get(key)))]);
      case 'set':
        this.values.set(words[0]!, Buffer.from(rest[1]!));
        return Buffer.from('+OK\r\n');
      case 'unlink':
        return Buffer.from(`:${Number(this.values.delete(words[0]!))}\r\n`);
      case 'info':
        return bulk(Buffer.from('redis_version:7.0.0\r\nloading:0\r\n'));
      case 'ping':
        return Buffer.from('+PONG\r\n');
      default:
        return Buffer.from('+OK\r\n');
    }
  }
}

function bulk(value: Buffer | undefined): Buffer {
  if (value === undefined) return Buffer.from('$-1\r\n');
  return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);
}

/** `*2\r\n$4\r\nMGET\r\n$1\r\na\r\n`; undefined while it is not all there. */
function commandIn(bytes: Buffer): { readonly parts: readonly Buffer[]; readonly end: number } | undefined {
  let at = 0;
  const count = (sign: string): number | undefined => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const line = bytes.toString('latin1', at, end);
    if (!line.startsWith(sign)) throw new Error(`expected ${sign}, got ${line}`);
    at = end + 2;
    return Number(line.slice(1));
  };
  const parts: Buffer[] = [];
  const wanted = count('*');
  if (wanted === undefined) return undefined;
  while (parts.length < wanted) {
    const length = count('$');
    if (length === undefined || bytes.length < at + length + 2) return undefined;
    parts.push(bytes.subarray(at, at + length));
    at += length + 2;
  }
  return { parts, end: at };
}
