import { RangefinderError } from '@rangefinder/base';
import type { RunOutput } from '@rangefinder/engines';
import { DATA_TYPES, formatShape, readUnpadded, splitRows } from '@rangefinder/tensor';
import type { Tensor } from '@rangefinder/tensor';
import type { RowRange } from './batch-gather.ts';
import type { ModelContract, OutputContract } from './input-contract.ts';

/**
 * The outputs of one run, by part: `result[part][output]`, each with bytes of its own. The one copy out; the engine's
 * memory may be released after it. Throws INTERNAL when an output's first dimension is not the batch's.
 */
export function scatterOutputs(
  contract: ModelContract,
  outputs: readonly RunOutput[],
  parts: readonly RowRange[],
): Tensor[][] {
  const byPart: Tensor[][] = parts.map(() => []);
  const batched = contract.maxBatchSize > 0;
  const rows = parts.map((part) => part.rows);
  for (const output of outputs) {
    if (!batched) {
      byPart[0]!.push({ ...output, bytes: output.bytes.slice() });
      continue;
    }
    checkBatchDimension(contract, output, rows);
    const declared = contract.outputs[contract.outputIndex.get(output.name) ?? -1];
    let rowStart = 0;
    for (const [index, slice] of splitRows(output, rows).entries()) {
      const part = parts[index]!;
      const unpadded = declared?.unpad && unpad(declared, output, rowStart, part);
      byPart[index]!.push(unpadded ?? { ...slice, bytes: slice.bytes.slice() });
      rowStart += part.rows;
    }
  }
  return byPart;
}

function checkBatchDimension(contract: ModelContract, output: RunOutput, rows: readonly number[]): void {
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (output.shape[0] === total) return;
  throw new RangefinderError(
    'INTERNAL',
    `output '${output.name}' of model '${contract.modelName}': expected a batch dimension of ${total}, got shape ` +
      `${formatShape(output.shape)}; a model whose outputs do not keep the batch needs max_batch_size: 0`,
  );
}

/** Cuts the padding off: the output's axis gets the size that the request's own input had. */
function unpad(declared: OutputContract, output: RunOutput, rowStart: number, part: RowRange): Tensor | undefined {
  if (declared.unpad === undefined) return undefined;
  const { axis, inputIndex, inputAxis } = declared.unpad;
  const input = part.accepted.inputs[inputIndex];
  if (input === undefined) return undefined;
  const size = input.shape[inputAxis];
  if (size === undefined || output.shape[axis] === undefined || size >= output.shape[axis]) return undefined;
  const shape = [part.rows, ...output.shape.slice(1)];
  shape[axis] = size;
  const elementBytes = DATA_TYPES[output.dataType].bits / 8;
  const bytes = readUnpadded(output.bytes, output.shape, rowStart, shape, elementBytes);
  return { name: output.name, dataType: output.dataType, shape, bytes };
}
