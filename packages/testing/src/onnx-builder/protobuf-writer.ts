/**
 * The few kinds of protobuf field that ONNX files use, appended in order. Source for the encoding:
 * https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];

  /** A varint field; negative values take ten bytes, as int64 does. */
  integer(field: number, value: number | bigint): this {
    this.#varint(BigInt(field << 3));
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  float(field: number, value: number): this {
    this.#varint(BigInt((field << 3) | 5));
    this.#chunks.push(new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(BigInt((field << 3) | 2));
    this.#varint(BigInt(value.length));
    this.#chunks.push(value);
    return this;
  }

  /** Left out when undefined. */
  string(field: number, value: string | undefined): this {
    return value === undefined ? this : this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#chunks.push(Uint8Array.from(bytes));
  }
}
