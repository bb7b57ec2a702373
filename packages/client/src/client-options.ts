import type { Limits } from '@rangefinder/base';
import type { ParameterValue, RequestedOutput } from '@rangefinder/tensor';

export interface ClientOptions {
  /** `http://host:port`, with a path in front of `/v2` where a proxy adds one. https works too. */
  readonly url: string;
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Connections kept open and used at once; more calls wait for one. Default 64. */
  readonly connections?: number;
  /** For every call that sets none of its own. Default: none. */
  readonly timeoutMs?: number;
  /** What a response may take. Default: the platform's limits. */
  readonly limits?: Limits;
}

export interface CallOptions {
  /** From call to the last byte of the answer; then DEADLINE_EXCEEDED. */
  readonly timeoutMs?: number;
  /** Aborts the call with CANCELLED. */
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface InferOptions extends CallOptions {
  /** Empty or absent: the server's version policy decides. */
  readonly modelVersion?: string;
  /** Tensors as binary data both ways. Default true. */
  readonly binary?: boolean;
  /** Names, or names with how they are wanted; absent or empty for all outputs. */
  readonly outputs?: readonly (string | RequestedOutput)[];
  readonly id?: string;
  /** `priority` and `timeout` (µs) among them, as the protocol names them. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** Of the request body; the answer is then asked for in it as well. */
  readonly compression?: Compression;
}

export type Compression = 'gzip' | 'deflate';
