/** Little-endian numbers one after the other, as Redis takes vectors. A copy: the caller may change its own. */
export function vectorBytes(vector: Float32Array, storage: 'float32' | 'float16'): Buffer {
  const bytes = storage === 'float16' ? new Float16Array(vector) : Float32Array.from(vector);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
