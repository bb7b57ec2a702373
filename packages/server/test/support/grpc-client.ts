import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { frameOf, FrameReader, StatusSchema, type Status } from '@rangefinder/protocol/grpc';

export interface GrpcAnswer {
  readonly httpStatus: number;
  /** -1 where none came. */
  readonly status: number;
  readonly message: string;
  readonly code: string | undefined;
  readonly details: Status | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly messages: readonly Uint8Array[];
  /** Of the stream: how HTTP/2 says that it ended. */
  readonly rstCode: number;
}

type Method<I extends DescMessage, O extends DescMessage> = DescMethod & { readonly input: I; readonly output: O };

/** One HTTP/2 connection, on which a test calls methods or writes whatever bytes it likes. */
export class GrpcConnection {
  readonly session: ClientHttp2Session;

  constructor(target: string) {
    this.session = connect(`http://${target}`);
    this.session.on('error', () => {});
  }

  static open(t: TestContext, target: string): GrpcConnection {
    const connection = new GrpcConnection(target);
    t.after(() => connection.session.destroy());
    return connection;
  }

  /** One message each way. `answer.reply` is there where the status is OK. */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: MessageInitShape<I>,
    headers: OutgoingHttpHeaders = {},
  ): Promise<GrpcAnswer & { readonly reply: MessageShape<O> }> {
    const bytes = frameOf(toBinary(method.input, create(method.input, request)));
    const answer = await this.raw(pathOf(method), [bytes], headers);
    const reply = answer.messages.length === 1 ? fromBinary(method.output, answer.messages[0]!) : create(method.output);
    return { ...answer, reply };
  }

  /** Chunks as DATA frames of their own. */
  async raw(path: string, chunks: readonly Uint8Array[], headers: OutgoingHttpHeaders = {}): Promise<GrpcAnswer> {
    const stream = this.open(path, headers);
    const answer = answerOf(stream);
    for (const chunk of chunks) await written(stream, chunk);
    if (stream.writable) stream.end();
    return answer;
  }

  open(path: string, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.on('error', () => {});
    return stream;
  }

  close(): void {
    this.session.destroy();
  }
}

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Everything that comes back on a stream, when it has closed. */
export function answerOf(stream: ClientHttp2Stream): Promise<GrpcAnswer> {
  const messages: Uint8Array[] = [];
  const reader = new FrameReader(64 * 1024 * 1024);
  let headers: Record<string, unknown> = {};
  let trailers: Record<string, unknown> = {};
  stream.on('response', (given) => (headers = { ...given }));
  stream.on('trailers', (given) => (trailers = { ...given }));
  stream.on('data', (chunk: Buffer) => {
    for (const { bytes, compressed } of reader.push(chunk)) messages.push(compressed ? gunzipSync(bytes) : bytes);
  });
  return new Promise((resolve) => {
    stream.once('close', () => {
      const all = { ...headers, ...trailers };
      const { 'grpc-message': message, 'grpc-status-details-bin': details } = all;
      resolve({
        httpStatus: Number(headers[':status'] ?? 0),
        status: Number(all['grpc-status'] ?? -1),
        message: typeof message === 'string' ? decodeURIComponent(message) : '',
        code: all['rangefinder-error-code'] as string | undefined,
        details: typeof details === 'string' ? fromBinary(StatusSchema, Buffer.from(details, 'base64')) : undefined,
        headers: all,
        messages,
        rstCode: stream.rstCode ?? constants.NGHTTP2_NO_ERROR,
      });
    });
  });
}

/** Resolves when the chunk is on its way, so that the next is another DATA frame; and when the stream is gone. */
function written(stream: ClientHttp2Stream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.writable) return resolve();
    stream.once('close', resolve);
    stream.write(chunk, () => {
      stream.off('close', resolve);
      resolve();
    });
  });
}
