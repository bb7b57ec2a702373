/**
 * Element types as the Open Inference Protocol names them, with what a browser needs to hold and send them. The page keeps
 * its own small table so that its bundle carries no server code.
 */
export interface ElementType {
  /** Bytes of one element on the wire; 0 for BYTES, whose elements carry their own length. */
  readonly bytes: number;
  readonly kind: 'bool' | 'integer' | 'bigint' | 'float' | 'text';
  /** Smallest and largest value of whole-number types. */
  readonly min?: number | bigint;
  readonly max?: number | bigint;
  /** False for types that the protocol refuses in JSON and that travel as binary only. */
  readonly inJson: boolean;
}

const integer = (bytes: number, min: number, max: number): ElementType => ({
  bytes,
  kind: 'integer',
  min,
  max,
  inJson: true,
});

export const ELEMENT_TYPES = {
  BOOL: { bytes: 1, kind: 'bool', inJson: true },
  UINT8: integer(1, 0, 0xff),
  UINT16: integer(2, 0, 0xffff),
  UINT32: integer(4, 0, 0xffff_ffff),
  UINT64: { bytes: 8, kind: 'bigint', min: 0n, max: 2n ** 64n - 1n, inJson: true },
  INT8: integer(1, -0x80, 0x7f),
  INT16: integer(2, -0x8000, 0x7fff),
  INT32: integer(4, -0x8000_0000, 0x7fff_ffff),
  INT64: { bytes: 8, kind: 'bigint', min: -(2n ** 63n), max: 2n ** 63n - 1n, inJson: true },
  FP16: { bytes: 2, kind: 'float', inJson: false },
  BF16: { bytes: 2, kind: 'float', inJson: false },
  FP32: { bytes: 4, kind: 'float', inJson: true },
  FP64: { bytes: 8, kind: 'float', inJson: true },
  BYTES: { bytes: 0, kind: 'text', inJson: true },
} as const satisfies Record<string, ElementType>;

export type ElementTypeName = keyof typeof ELEMENT_TYPES;

export function isElementType(name: string): name is ElementTypeName {
  return Object.hasOwn(ELEMENT_TYPES, name);
}

export function elementType(name: ElementTypeName): ElementType {
  return ELEMENT_TYPES[name];
}
