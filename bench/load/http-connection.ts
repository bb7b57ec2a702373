import { connect, type Socket } from 'node:net';

/**
 * The smallest HTTP/1.1 client that a load generator needs: one keep-alive connection, one request under way, responses
 * framed by Content-Length. It costs a tenth of node:http, so that on a small machine the server is what is measured.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #done: ((status: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(new HttpConnection(socket)));
      socket.once('error', reject);
    });
  }

  /** Sends prepared bytes and resolves with the status when the whole response is there. */
  send(request: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const headEnd = this.#buffer.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#buffer.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) return this.#fail(new Error(`a response without Content-Length:\n${head}`));
    const end = headEnd + 4 + length;
    if (this.#buffer.length < end) return;
    this.#buffer = this.#buffer.subarray(end);
    const done = this.#done;
    this.#done = undefined;
    this.#failed = undefined;
    done?.(Number(head.slice(9, 12)));
  }

  #fail(error: Error): void {
    const failed = this.#failed;
    this.#done = undefined;
    this.#failed = undefined;
    failed?.(error);
  }
}

/** A whole HTTP request as bytes, made once and sent many times. */
export function httpRequest(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Length: ${body.byteLength}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
