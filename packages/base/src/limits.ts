/**
 * Every limit of the platform, in one table: named, with its default, unit in the name. Checked before memory is taken.
 * A component gets the few it needs, never the table.
 */
export const DEFAULT_LIMITS = Object.freeze({
  /** HTTP request body as received. Triton's default is 64 MiB. */
  httpBodyBytes: 64 * 1024 * 1024,
  /** HTTP request body after gzip or deflate. */
  httpInflatedBodyBytes: 256 * 1024 * 1024,
  /** All HTTP request headers together. */
  httpHeaderBytes: 16 * 1024,
  /** Bytes of request bodies held by the process at one time, all connections together. */
  httpBodiesInFlightBytes: 1024 * 1024 * 1024,
  /** Open HTTP connections. */
  httpConnections: 10_000,
  /** Time to receive a whole request, first byte to last. */
  httpRequestReceiveMs: 60_000,
  /** One gRPC message, inflated as well. Rank requests are kept to 4 MiB beside it. */
  grpcMessageBytes: 64 * 1024 * 1024,
  /** Fields of one gRPC message, those of nested messages included: each becomes an object. */
  grpcMessageFields: 64 * 1024,
  /** All metadata of one gRPC call together. */
  grpcHeaderBytes: 16 * 1024,
  /** Open gRPC connections. */
  grpcConnections: 10_000,
  /** Calls under way on one gRPC connection. */
  grpcStreamsPerConnection: 1_000,
  /** Pings of a gRPC client on one connection, since it was last sent a message. */
  grpcPingsPerMinute: 120,
  /** Time to receive the message of a gRPC call that has one. */
  grpcRequestReceiveMs: 60_000,
  /** Nesting of JSON documents. */
  jsonDepth: 100,
  /** Inputs in one request. */
  requestInputs: 256,
  /** Outputs asked for in one request. */
  requestOutputs: 256,
  /** Dimensions of one tensor. */
  tensorRank: 32,
  /** Elements of one tensor. */
  tensorElements: 2 ** 31 - 1,
  /** Bytes of one tensor. */
  tensorBytes: 1024 * 1024 * 1024,
  /** Characters of a model name, version, request id or tensor name. */
  nameCharacters: 1024,
  /** Bytes of config.pbtxt or model.yaml. */
  modelConfigBytes: 1024 * 1024,
  /** Requests that wait or run in one model version, unless its queue policy says less. */
  pendingRequestsPerModel: 10_000,
  /** Payload bytes that wait or run in one model version. */
  pendingBytesPerModel: 1024 * 1024 * 1024,
  /** Models in one repository. */
  repositoryModels: 10_000,
});

export type Limits = { readonly [name in keyof typeof DEFAULT_LIMITS]: number };
