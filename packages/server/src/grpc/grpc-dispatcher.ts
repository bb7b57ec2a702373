import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { ERROR_CATALOGUE, RangefinderError, type Clock, type Logger } from '@rangefinder/base';
import { FailureLog } from '../logging/failure-log.ts';
import type { ByteBudget } from '../transport/byte-budget.ts';
import type { RequestIds } from '../transport/request-ids.ts';
import type { RestrictedAccess } from '../transport/restricted-access.ts';
import { GrpcAnswer } from './grpc-answer.ts';
import { GrpcCall, messageCoding } from './grpc-call.ts';
import type { GrpcMethod } from './grpc-method.ts';
import { IncomingMessages } from './incoming-messages.ts';

/** Told of every call that ended; `method` is undefined where none was found. */
export interface GrpcObserver {
  answered(method: GrpcMethod | undefined, grpcStatus: number, durationUs: number): void;
}

export interface GrpcDispatcherParts {
  readonly methods: readonly GrpcMethod[];
  readonly budget: ByteBudget;
  readonly restrictions: RestrictedAccess;
  readonly requestIds: RequestIds;
  readonly receiveMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: GrpcObserver;
}

const OK = 0;
const GRPC_TYPE = /^application\/grpc(\+proto)?( *;.*)?$/;

/** Takes each call through its checks and its handler to exactly one status. */
export class GrpcDispatcher {
  readonly #parts: GrpcDispatcherParts;
  readonly #methods: ReadonlyMap<string, GrpcMethod>;
  readonly #failures: FailureLog;
  #stopping = false;

  constructor(parts: GrpcDispatcherParts) {
    this.#parts = parts;
    this.#methods = new Map(parts.methods.map((method) => [method.path, method]));
    this.#failures = new FailureLog(parts.logger, parts.clock);
  }

  /** From now on only methods that are meant for it are answered. */
  stop(): void {
    this.#stopping = true;
  }

  /** `onSent` is called with every message that goes out. */
  dispatch(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, onSent: () => void): void {
    // What went wrong shows as `aborted`.
    stream.on('error', () => {});
    const contentType = headers['content-type'] ?? '';
    if (headers[':method'] !== 'POST') return refuse(stream, 405, { allow: 'POST' });
    if (!contentType.startsWith('application/grpc')) return refuse(stream, 415, {});
    this.#answer(stream, headers, contentType, onSent).catch((thrown: unknown) => {
      this.#parts.logger.error({ err: thrown }, 'an answer could not be written');
      stream.destroy();
    });
  }

  async #answer(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    contentType: string,
    onSent: () => void,
  ): Promise<void> {
    const { clock, requestIds, observer } = this.#parts;
    const requestId = requestIds.of(headers['x-request-id']);
    const call = new GrpcCall({ headers, requestId, startedUs: clock.nowUs(), clock });
    // Of a stream that ends before its answer does: the client cancelled, or its connection is gone.
    stream.once('aborted', () => call.cancelled());
    const path = headers[':path'] ?? '';
    const method = this.#methods.get(path);
    let grpcStatus: number = OK;
    const answer = new GrpcAnswer(stream, { contentType, requestId, onSent });
    try {
      if (!GRPC_TYPE.test(contentType)) throw wrongType(contentType);
      answer.coding = messageCoding(call.header('grpc-encoding'));
      if (method === undefined) throw new RangefinderError('UNSUPPORTED', `no method ${path.slice(0, 256)}`);
      await this.#run(stream, headers, call, method, answer);
    } catch (thrown) {
      const error = call.gone ? cancelled() : this.#failures.report(thrown, method?.path ?? 'unmatched', requestId);
      grpcStatus = error.entry.grpcStatus;
      answer.fail(error);
    }
    observer.answered(method, grpcStatus, clock.nowUs() - call.startedUs);
  }

  async #run(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    call: GrpcCall,
    method: GrpcMethod,
    answer: GrpcAnswer,
  ): Promise<void> {
    const { budget, receiveMs, restrictions } = this.#parts;
    restrictions.check(headers, method.group);
    if (this.#stopping && !method.duringShutdown) {
      throw new RangefinderError('UNAVAILABLE', 'the server is shutting down');
    }
    call.readDeadline();
    const { messageBytesMax } = method;
    const { coding } = answer;
    const messages = new IncomingMessages(stream, { messageBytesMax, coding, receiveMs, budget });
    try {
      if (method.kind === 'unary') {
        const message = await messages.only();
        call.requireTime();
        await answer.only(await method.handle(message, call));
      } else {
        await method.handle(messages, call, (message) => answer.message(message));
        answer.finish();
      }
    } finally {
      messages.close();
    }
  }
}

/** For what is not gRPC at all. Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
function refuse(stream: ServerHttp2Stream, status: number, headers: Readonly<Record<string, string>>): void {
  stream.respond({ ':status': status, ...headers }, { endStream: true });
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

function wrongType(contentType: string): RangefinderError {
  return new RangefinderError(
    'UNSUPPORTED',
    `content-type: expected application/grpc or application/grpc+proto, got "${contentType.slice(0, 64)}"`,
    { field: 'content-type' },
  );
}

function cancelled(): RangefinderError {
  return new RangefinderError('CANCELLED', ERROR_CATALOGUE.CANCELLED.meaning);
}
