import type { IncomingHttpHeaders } from 'node:http2';
import { invalidArgument, RangefinderError, type Clock } from '@rangefinder/base';
import { parseGrpcTimeout } from '@rangefinder/protocol/grpc';
import type { RankCall } from '../ranking/ranker-calls.ts';

export interface GrpcCallInit {
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly startedUs: number;
  readonly clock: Clock;
}

/** One call, as handlers see it; also its context in the serving layer. */
export class GrpcCall implements RankCall {
  readonly requestId: string;
  readonly startedUs: number;
  deadlineUs = Infinity;
  readonly #headers: IncomingHttpHeaders;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined = undefined;
  #gone = false;

  constructor({ headers, requestId, startedUs, clock }: GrpcCallInit) {
    this.#headers = headers;
    this.requestId = requestId;
    this.startedUs = startedUs;
    this.#clock = clock;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Whether the client cancelled, or its connection ended, before the answer was out. */
  get gone(): boolean {
    return this.#gone;
  }

  onCancellable(cancel: () => void): void {
    if (this.#gone) cancel();
    else this.#cancel = cancel;
  }

  cancelled(): void {
    if (this.#gone) return;
    this.#gone = true;
    const cancel = this.#cancel;
    this.#cancel = undefined;
    cancel?.();
  }

  /** Sets the deadline from `grpc-timeout`. Throws INVALID_ARGUMENT and DEADLINE_EXCEEDED. */
  readDeadline(): void {
    const text = this.header('grpc-timeout');
    if (text === undefined) return;
    this.deadlineUs = this.startedUs + parseGrpcTimeout(text);
    this.requireTime();
  }

  /** Throws DEADLINE_EXCEEDED where the deadline has passed. */
  requireTime(): void {
    if (this.deadlineUs > this.#clock.nowUs()) return;
    throw new RangefinderError('DEADLINE_EXCEEDED', 'the deadline of the call passed before its request was read');
  }
}

export type MessageCoding = 'identity' | 'gzip';

/** Of `grpc-encoding`. Throws UNSUPPORTED for another than these two. */
export function messageCoding(header: string | undefined): MessageCoding {
  if (header === undefined || header === 'identity') return 'identity';
  if (header === 'gzip') return 'gzip';
  throw new RangefinderError('UNSUPPORTED', `grpc-encoding: expected identity or gzip, got "${header.slice(0, 64)}"`, {
    field: 'grpc-encoding',
  });
}

/** Throws INVALID_ARGUMENT for a compressed message in a call that named no coding. */
export function requireGzip(coding: MessageCoding): void {
  if (coding !== 'gzip') throw invalidArgument('message', 'expected grpc-encoding gzip for a compressed message');
}
