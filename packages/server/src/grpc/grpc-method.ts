import {
  create,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import type { MessageDecoder } from '@rangefinder/protocol/grpc';
import type { ApiGroup } from '../transport/api-group.ts';
import type { GrpcCall } from './grpc-call.ts';
import type { IncomingMessages } from './incoming-messages.ts';

interface MethodBase {
  /** As HTTP/2 has it: `/rangefinder.v1.RankerService/Rank`. */
  readonly path: string;
  readonly group: ApiGroup;
  readonly messageBytesMax: number;
  /** Answered while the server shuts down, so that balancers can ask. */
  readonly duringShutdown: boolean;
}

/** One message in, one message out. */
export interface UnaryMethod extends MethodBase {
  readonly kind: 'unary';
  handle(message: Uint8Array, call: GrpcCall): Uint8Array | Promise<Uint8Array>;
}

/** Messages out as they come; the handler reads what it wants of those that come in. Ends when the handler does. */
export interface StreamMethod extends MethodBase {
  readonly kind: 'stream';
  handle(messages: IncomingMessages, call: GrpcCall, send: SendMessage): Promise<void>;
}

export type GrpcMethod = UnaryMethod | StreamMethod;

/** Resolves when there is room for more. Rejects with CANCELLED when the client is gone. */
export type SendMessage = (message: Uint8Array) => Promise<void>;

export interface MethodOptions {
  readonly group: ApiGroup;
  readonly messageBytesMax: number;
  readonly duringShutdown?: boolean;
}

/** A method with one message each way: bytes are decoded before the handler and encoded after it. */
export function unaryMethod<I extends DescMessage, O extends DescMessage>(
  desc: DescMethod & { readonly input: I; readonly output: O },
  decoder: MessageDecoder,
  options: MethodOptions,
  handle: (request: MessageShape<I>, call: GrpcCall) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
): UnaryMethod {
  return {
    ...methodBase(desc, options),
    kind: 'unary',
    handle: async (bytes, call) =>
      toBinary(desc.output, create(desc.output, await handle(decoder.decode(desc.input, bytes), call))),
  };
}

export function methodBase(desc: DescMethod, { duringShutdown = false, ...options }: MethodOptions): MethodBase {
  return { ...options, duringShutdown, path: `/${desc.parent.typeName}/${desc.name}` };
}
