/** A text-format document as its grammar sees it: fields in order, repetition and types not yet judged. */
export interface TextMessage {
  readonly fields: readonly TextField[];
}

export interface TextField {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly value: TextValue;
}

export type TextValue = TextScalar | TextList | TextNested;

export interface TextNested {
  readonly kind: 'message';
  readonly message: TextMessage;
  readonly line: number;
  readonly column: number;
}

/** `[a, b]`: the same as writing the field once for each. */
interface TextList {
  readonly kind: 'list';
  readonly items: readonly (TextScalar | TextNested)[];
  readonly line: number;
  readonly column: number;
}

export interface TextScalar {
  readonly kind: 'string' | 'integer' | 'float' | 'identifier';
  /** For strings unescaped and joined, for the others as written, a sign included. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}
