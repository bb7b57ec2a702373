import { RangefinderError } from '@rangefinder/base';
import { formatShape } from '@rangefinder/tensor';
import type { Tensor } from '@rangefinder/tensor';

interface AssembledPart {
  readonly rowOffset: number;
  readonly outputs: readonly Tensor[];
}

/**
 * Puts the outputs of a request that was split back together. Parts arrive in any order; a request that was not split
 * passes through untouched.
 */
export class OutputAssembly {
  readonly #rows: number;
  readonly #parts: AssembledPart[] = [];
  #rowsDone = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Returns whether this was the last part. */
  add(rowOffset: number, rows: number, outputs: readonly Tensor[]): boolean {
    this.#parts.push({ rowOffset, outputs });
    this.#rowsDone += rows;
    return this.#rowsDone >= this.#rows;
  }

  /** The whole outputs. Throws INTERNAL when parts disagree in the dimensions beyond the batch. */
  take(): readonly Tensor[] {
    const parts = this.#parts.toSorted((a, b) => a.rowOffset - b.rowOffset);
    const first = parts[0]?.outputs ?? [];
    if (parts.length <= 1) return first;
    return first.map((_, index) => concatenate(parts.map((part) => part.outputs[index]!)));
  }
}

function concatenate(tensors: readonly Tensor[]): Tensor {
  const { name, dataType, shape } = tensors[0]!;
  const inner = shape.slice(1);
  let rows = 0;
  let byteLength = 0;
  for (const tensor of tensors) {
    if (tensor.shape.length !== shape.length || inner.some((size, i) => tensor.shape[i + 1] !== size)) {
      throw new RangefinderError(
        'INTERNAL',
        `output '${name}': the parts of a split request have shapes ${formatShape(shape)} and ` +
          `${formatShape(tensor.shape)}; send at most max_batch_size rows at once`,
      );
    }
    rows += tensor.shape[0] ?? 0;
    byteLength += tensor.bytes.byteLength;
  }
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (const tensor of tensors) {
    bytes.set(tensor.bytes, offset);
    offset += tensor.bytes.byteLength;
  }
  return { name, dataType, shape: [rows, ...inner], bytes };
}
