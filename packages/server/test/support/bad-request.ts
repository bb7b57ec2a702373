/** A request that must be refused: with which status, and what the message must name. */
export interface BadRequest {
  readonly name: string;
  /** Default: `/v2/models/echo/infer`. */
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly status: number;
  readonly message: RegExp;
  /** The row of the error catalogue. */
  readonly code: string;
}

/** Limits of the server that these are sent to: small, so that passing them costs nothing. */
export const BAD_REQUEST_LIMITS = {
  httpBodyBytes: 64 * 1024,
  httpInflatedBodyBytes: 128 * 1024,
  jsonDepth: 20,
  requestInputs: 4,
  requestOutputs: 4,
  tensorRank: 4,
  tensorElements: 5_000,
  nameCharacters: 64,
};

/** A case of INVALID_ARGUMENT, unless `rest` says otherwise. */
export function invalid(
  name: string,
  body: string | Uint8Array,
  message: RegExp,
  rest: Partial<BadRequest> = {},
): BadRequest {
  return { name, body, message, status: 400, code: 'INVALID_ARGUMENT', ...rest };
}
