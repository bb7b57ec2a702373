import { invalidArgument } from '@rangefinder/base';
import { byteLengthOf, type DataType } from './data-type.ts';
import { elementCount, formatShape, type Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** Writes rows [from, from + rows) of a tensor into `target`, which has room for exactly these and may be dirty. */
export type RowWriter = (target: Uint8Array, from: number, rows: number) => void;

/**
 * A tensor whose values lie in several places and are written where they are wanted, when they are wanted: straight into an
 * engine's memory, without being laid out before. Who asks for `bytes` gets them, laid out once. For types of a fixed size
 * whose rows are whole bytes.
 */
export class WrittenTensor implements Tensor {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: Shape;
  readonly byteLength: number;
  readonly #from: number;
  readonly #write: RowWriter;
  #bytes: Uint8Array | undefined = undefined;

  /** `from`: the row of the writer's that is the first of this tensor. */
  constructor(spec: Pick<Tensor, 'name' | 'dataType' | 'shape'>, write: RowWriter, from = 0) {
    this.name = spec.name;
    this.dataType = spec.dataType;
    this.shape = spec.shape;
    const byteLength = byteLengthOf(spec.dataType, elementCount(spec.shape));
    if (byteLength === undefined || spec.shape.length === 0) {
      throw invalidArgument(spec.name, `${spec.dataType} ${formatShape(spec.shape)} has no rows of a fixed size`);
    }
    this.byteLength = byteLength;
    this.#from = from;
    this.#write = write;
  }

  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      const bytes = new Uint8Array(this.byteLength);
      this.writeTo(bytes);
      this.#bytes = bytes;
    }
    return this.#bytes;
  }

  writeTo(target: Uint8Array): void {
    if (this.#bytes === undefined) this.#write(target, this.#from, this.shape[0]!);
    else target.set(this.#bytes);
  }

  rows(offset: number, rows: number): WrittenTensor {
    const { name, dataType, shape } = this;
    return new WrittenTensor({ name, dataType, shape: [rows, ...shape.slice(1)] }, this.#write, this.#from + offset);
  }
}

/** Length of a tensor's bytes, without having them laid out. */
export function tensorByteLength(tensor: Tensor): number {
  return tensor instanceof WrittenTensor ? tensor.byteLength : tensor.bytes.byteLength;
}

/** Writes a tensor's bytes into `target`, which is exactly as long. */
export function writeTensor(target: Uint8Array, tensor: Tensor): void {
  if (tensor instanceof WrittenTensor) tensor.writeTo(target);
  else target.set(tensor.bytes);
}
