/** What a command still waits for: values up to END, or one line for each of several commands. */
export interface ReplySink {
  /** Returns true when this was its last line. Throws for what it does not expect: the stream cannot be trusted any more. */
  line(text: string): boolean;
  value(key: string, bytes: Buffer): void;
}

const CRLF = '\r\n';
/** A line of the protocol is a word, a key of at most 250 bytes and numbers; an error message is not much longer. */
const LINE_BYTES_MAX = 2_048;

/**
 * Reads memcached's text protocol from chunks as they come, and hands each reply to the sink whose turn it is. Values are
 * views on what was received.
 */
export class MemcachedReplies {
  readonly #sinks: ReplySink[] = [];
  readonly #valueBytesMax: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(valueBytesMax: number) {
    this.#valueBytesMax = valueBytesMax;
  }

  get waiting(): number {
    return this.#sinks.length;
  }

  expect(sink: ReplySink): void {
    this.#sinks.push(sink);
  }

  /** Throws for what is no reply, or none that was asked for. */
  receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const next = this.#reply(bytes, at);
      if (next === undefined) break;
      at = next;
    }
    this.#rest = bytes.subarray(at);
  }

  /** Where the reply at `at` ends; undefined when it is not whole yet. */
  #reply(bytes: Buffer, at: number): number | undefined {
    const end = bytes.indexOf(CRLF, at, 'latin1');
    if (end < 0 || end - at > LINE_BYTES_MAX) {
      if (bytes.length - at > LINE_BYTES_MAX) throw new Error('expected a reply of memcached, got something else');
      return undefined;
    }
    const text = bytes.toString('latin1', at, end);
    const [sink] = this.#sinks;
    if (sink === undefined) throw new Error(`expected nothing, got ${JSON.stringify(text.slice(0, 80))}`);
    const value = /^VALUE (\S+) \d+ (\d+)(?: \d+)?$/.exec(text);
    if (value === null) {
      if (sink.line(text)) this.#sinks.shift();
      return end + 2;
    }
    const length = Number(value[2]);
    if (length > this.#valueBytesMax) {
      throw new Error(`expected at most ${this.#valueBytesMax} bytes in a value, got ${length}`);
    }
    const valueEnd = end + 2 + length;
    if (bytes.length < valueEnd + 2) return undefined;
    if (bytes.toString('latin1', valueEnd, valueEnd + 2) !== CRLF)
      throw new Error('expected a value to end with its line');
    sink.value(value[1]!, bytes.subarray(end + 2, valueEnd));
    return valueEnd + 2;
  }
}
