import { invalidArgument } from '@rangefinder/base';
import type { DataType } from './data-type.ts';

/** A NumPy type string, taken apart. */
export interface NpyType {
  readonly dataType: DataType;
  /** Bytes of one element in the file; 0 for strings of length 0. */
  readonly itemBytes: number;
  /** Bytes whose order is reversed in a big-endian file; a complex number is two of them. */
  readonly wordBytes: number;
  readonly bigEndian: boolean;
  /** How a BYTES element is written in the file: `S` NUL-padded bytes, `U` NUL-padded UTF-32. */
  readonly text: 'S' | 'U' | undefined;
}

const NUMBERS: Readonly<Record<string, DataType>> = {
  b1: 'BOOL',
  u1: 'UINT8',
  u2: 'UINT16',
  u4: 'UINT32',
  u8: 'UINT64',
  i1: 'INT8',
  i2: 'INT16',
  i4: 'INT32',
  i8: 'INT64',
  f2: 'FP16',
  f4: 'FP32',
  f8: 'FP64',
  c8: 'COMPLEX64',
  c16: 'COMPLEX128',
};

/** @throws INVALID_ARGUMENT naming `field` for types that no tensor has. */
export function parseNpyType(descr: string, field: string): NpyType {
  const match = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr);
  if (match === null) throw invalidArgument(field, `NumPy type ${JSON.stringify(descr)} is not known`);
  const [, order = '', kind = '', digits = ''] = match;
  if (kind === 'O')
    throw invalidArgument(
      field,
      'an array of Python objects (pickled); save it as numbers or as strings (dtype "U" or "S")',
    );
  const size = Number(digits);
  const bigEndian = order === '>';
  if (kind === 'S' || kind === 'a')
    return { dataType: 'BYTES', itemBytes: size, wordBytes: 1, bigEndian: false, text: 'S' };
  if (kind === 'U') return { dataType: 'BYTES', itemBytes: size * 4, wordBytes: 4, bigEndian, text: 'U' };
  const dataType = NUMBERS[kind + digits];
  if (dataType === undefined) throw invalidArgument(field, `NumPy type ${JSON.stringify(descr)} has no tensor type`);
  return { dataType, itemBytes: size, wordBytes: kind === 'c' ? size / 2 : size, bigEndian, text: undefined };
}

/** The type string of a row-major little-endian array; undefined for types that NumPy does not have, and for BYTES. */
export function npyTypeOf(dataType: DataType): string | undefined {
  const code = Object.keys(NUMBERS).find((key) => NUMBERS[key] === dataType);
  return code === undefined ? undefined : `${code.endsWith('1') ? '|' : '<'}${code}`;
}
