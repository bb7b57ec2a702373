/** One field of a protobuf message, as it is on the wire. Source: protobuf.dev, "Encoding". */
export interface Field {
  readonly number: number;
  /** Of wire types 0, 1 and 5. */
  readonly value: bigint;
  /** Of wire type 2; empty otherwise. */
  readonly bytes: Uint8Array;
  readonly isBytes: boolean;
}

const EMPTY = new Uint8Array();

/** The fields of a message in their order, as views on `message`. Throws where the message is cut off or has groups. */
export function* readFields(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = view.getUint8(offset++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Error('protobuf: a varint is longer than ten bytes');
  };
  while (offset < message.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (wireType === 2) {
      const length = Number(varint());
      if (offset + length > message.length) throw new Error(`protobuf: field ${number} is cut off`);
      yield { number, value: 0n, bytes: message.subarray(offset, offset + length), isBytes: true };
      offset += length;
    } else yield { number, value: scalar(wireType), bytes: EMPTY, isBytes: false };
  }

  function scalar(wireType: number): bigint {
    if (wireType === 0) return varint();
    if (wireType === 1) {
      offset += 8;
      return view.getBigUint64(offset - 8, true);
    }
    if (wireType === 5) {
      offset += 4;
      return BigInt(view.getUint32(offset - 4, true));
    }
    throw new Error(`protobuf: wire type ${wireType} is not supported`);
  }
}

/** A repeated varint field, packed or not: the numbers that one occurrence of it carries, as signed 64-bit integers. */
export function integersOf(field: Field): bigint[] {
  if (!field.isBytes) return [BigInt.asIntN(64, field.value)];
  const numbers: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of field.bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    numbers.push(BigInt.asIntN(64, value));
    value = 0n;
    shift = 0n;
  }
  return numbers;
}

/** A repeated float or double field, packed or not, as raw little-endian bytes. */
export function fixedBytesOf(field: Field, size: 4 | 8): Uint8Array {
  if (field.isBytes) return field.bytes;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (size === 4) view.setUint32(0, Number(field.value), true);
  else view.setBigUint64(0, field.value, true);
  return bytes;
}

export const textOf = (field: Field): string => new TextDecoder().decode(field.bytes);
