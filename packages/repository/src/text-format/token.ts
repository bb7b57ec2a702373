/** The words of protobuf's text format. Source: https://protobuf.dev/reference/protobuf/textformat-spec/ */
export interface Token {
  readonly kind: TokenKind;
  /** As written; for strings the quotes and escapes included. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** `symbol` is one of `{ } < > [ ] : , ; -` and, inside extension names, `. /`. */
export type TokenKind = 'identifier' | 'integer' | 'float' | 'string' | 'symbol' | 'end';
