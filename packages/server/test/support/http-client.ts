import { request, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

/** One request on a connection of its own, with nothing added to what is given. */
export function ask(
  url: string,
  options: RequestOptions & { readonly body?: string | Uint8Array | undefined } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { agent: false, method: body === undefined ? 'GET' : 'POST', ...rest },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text: bytes.toString() });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The message of `{"error": …}`; fails for any other body. */
export function errorOf(answer: Pick<Answer, 'text'>): string {
  const body = JSON.parse(answer.text) as { error?: unknown };
  if (typeof body.error !== 'string') throw new Error(`not an error body: ${answer.text}`);
  return body.error;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A TCP connection on which a test writes whatever it likes. */
export class RawConnection {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #waiters: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    this.socket.on('error', () => {});
    for (const event of ['end', 'close'] as const) {
      this.socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  write(text: string | Uint8Array): this {
    this.socket.write(text);
    return this;
  }

  /** The next whole answer on the connection. Rejects when it ends before. */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const parsed = this.#parse();
      if (parsed !== undefined) return parsed;
      if (this.#ended) throw new Error(`the connection ended: ${this.#received.toString('latin1')}`);
      await this.#changed();
    }
  }

  /** Resolves with what is still unread when the server has ended the connection. */
  async ended(): Promise<string> {
    while (!this.#ended) await this.#changed();
    return this.#received.toString('latin1');
  }

  close(): void {
    this.socket.destroy();
  }

  #parse(): RawAnswer | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const [statusLine = '', ...lines] = this.#received.subarray(0, headEnd).toString('latin1').split('\r\n');
    const status = Number(statusLine.split(' ')[1]);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = status === 100 ? 0 : Number(headers['content-length'] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return undefined;
    const text = this.#received.subarray(headEnd + 4, end).toString();
    this.#received = this.#received.subarray(end);
    return { status, headers, text };
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** A request body of the Open Inference Protocol with one FP32 input of four columns. */
export function echoBody(rows: readonly (readonly number[])[]): string {
  return JSON.stringify({
    inputs: [{ name: 'INPUT', shape: [rows.length, 4], datatype: 'FP32', data: rows.flat() }],
  });
}
