/** Parameters in Postgres's binary format: no number is written as text, and none is rounded. */

const INT8_OID = 20;

/** pgvector's own: dimensions u16, unused u16, then the numbers, big-endian. */
export function vectorValue(vector: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(4 + vector.length * 4);
  writeVector(bytes, 0, vector);
  return bytes;
}

/** An array of `vector`, whose type has this oid. */
export function vectorArrayValue(vectors: readonly Float32Array[], vectorOid: number): Buffer {
  const elementBytes = vectors.length === 0 ? 0 : 4 + vectors[0]!.length * 4;
  const bytes = Buffer.allocUnsafe(ARRAY_HEADER_BYTES + vectors.length * (4 + elementBytes));
  let at = writeArrayHeader(bytes, vectors.length, vectorOid);
  for (const vector of vectors) {
    at = bytes.writeInt32BE(elementBytes, at);
    at = writeVector(bytes, at, vector);
  }
  return bytes;
}

/** A bigint[] of ids. */
export function idArrayValue(ids: ArrayLike<number>): Buffer {
  const bytes = Buffer.allocUnsafe(ARRAY_HEADER_BYTES + ids.length * 12);
  let at = writeArrayHeader(bytes, ids.length, INT8_OID);
  for (let i = 0; i < ids.length; i++) {
    at = bytes.writeInt32BE(8, at);
    at = bytes.writeUInt32BE(0, at);
    at = bytes.writeUInt32BE(ids[i]!, at);
  }
  return bytes;
}

/** A bytea whose get_bit(n) is bit n of the bitmap. */
export function bitmapValue(bits: Uint32Array): Buffer {
  return Buffer.from(bits.buffer, bits.byteOffset, bits.byteLength);
}

const ARRAY_HEADER_BYTES = 20;

/** One dimension, no nulls, counted from 1. */
function writeArrayHeader(bytes: Buffer, length: number, elementOid: number): number {
  let at = bytes.writeInt32BE(1, 0);
  at = bytes.writeInt32BE(0, at);
  at = bytes.writeUInt32BE(elementOid, at);
  at = bytes.writeInt32BE(length, at);
  return bytes.writeInt32BE(1, at);
}

function writeVector(bytes: Buffer, start: number, vector: Float32Array): number {
  let at = bytes.writeUInt16BE(vector.length, start);
  at = bytes.writeUInt16BE(0, at);
  for (let i = 0; i < vector.length; i++) at = bytes.writeFloatBE(vector[i]!, at);
  return at;
}
