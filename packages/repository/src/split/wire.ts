/**
 * The wire format of protocol buffers, as far as cutting a file apart needs it: a message is a list of fields, each with the
 * bytes it had, so that what is not understood goes on untouched.
 */
import { RangefinderError } from '@rangefinder/base';

export interface WireField {
  readonly number: number;
  readonly type: number;
  /** A varint's value; 0n for other types. */
  readonly integer: bigint;
  /** What a length-delimited field holds; empty for other types. A view. */
  readonly content: Uint8Array;
  /** The whole field, its tag included. A view. */
  readonly bytes: Uint8Array;
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const NOTHING = new Uint8Array(0);
const UTF_8 = new TextDecoder();

/** The fields of a message in their order. Throws INVALID_ARGUMENT when the bytes are not a message. */
export function readFields(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  for (let start = 0; start < message.length;) {
    const tag = readVarint(message, start);
    const number = Number(tag.value >> 3n);
    const type = Number(tag.value & 7n);
    if (number === 0) throw notMessage();
    const { end, integer, content } = readValue(message, tag.end, type);
    fields.push({ number, type, integer, content, bytes: message.subarray(start, end) });
    start = end;
  }
  return fields;
}

function readValue(
  message: Uint8Array,
  start: number,
  type: number,
): { readonly end: number; readonly integer: bigint; readonly content: Uint8Array } {
  if (type === VARINT) {
    const { value, end } = readVarint(message, start);
    return { end, integer: value, content: NOTHING };
  }
  if (type === LENGTH_DELIMITED) {
    const length = readVarint(message, start);
    const end = length.end + Number(length.value);
    if (end > message.length) throw notMessage();
    return { end, integer: 0n, content: message.subarray(length.end, end) };
  }
  const width = type === FIXED_64 ? 8 : type === FIXED_32 ? 4 : undefined;
  if (width === undefined || start + width > message.length) throw notMessage();
  return { end: start + width, integer: 0n, content: message.subarray(start, start + width) };
}

function readVarint(message: Uint8Array, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = message[start + i];
    if (byte === undefined) throw notMessage();
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  throw notMessage();
}

function notMessage(): RangefinderError {
  return new RangefinderError('INVALID_ARGUMENT', 'the file is not an ONNX model: its bytes are not protocol buffers');
}

export function textOf(field: WireField): string {
  return UTF_8.decode(field.content);
}

/** Numbers of a repeated integer field, packed or not. */
export function integersOf(fields: readonly WireField[], number: number): number[] {
  return fields
    .filter((field) => field.number === number)
    .flatMap((field) => (field.type === VARINT ? [signed(field.integer)] : packedIntegers(field.content)));
}

function packedIntegers(content: Uint8Array): number[] {
  const values: number[] = [];
  for (let start = 0; start < content.length;) {
    const { value, end } = readVarint(content, start);
    values.push(signed(value));
    start = end;
  }
  return values;
}

function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}

export function integerField(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varintBytes(number << 3), ...varintBytes(value)]);
}

export function bytesField(number: number, content: Uint8Array): Uint8Array {
  return joinBytes([
    Uint8Array.from([...varintBytes((number << 3) | LENGTH_DELIMITED), ...varintBytes(content.length)]),
    content,
  ]);
}

export function textField(number: number, text: string): Uint8Array {
  return bytesField(number, new TextEncoder().encode(text));
}

export function messageField(number: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytesField(number, joinBytes(fields));
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Of a number of 0 or more. */
function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}
