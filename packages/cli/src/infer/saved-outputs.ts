import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { invalidArgument } from '@rangefinder/base';
import { sameShape, type Tensor } from '@rangefinder/tensor';
import type { ArrayData } from '../arrays/array-data.ts';
import { concatenate } from '../arrays/stacking.ts';
import { writeNpy } from '../files/npy.ts';
import { writeNpz } from '../files/npz.ts';

/** @throws INVALID_ARGUMENT for an ending other than .npy and .npz. */
export function checkSavePath(path: string): void {
  if (!['.npy', '.npz'].includes(extname(path).toLowerCase()))
    throw invalidArgument('--save', `${path} must end in .npz or .npy`);
}

/** The outputs of all steps joined along the first dimension. @throws INVALID_ARGUMENT where their shapes differ from step to step. */
export function joinSteps(steps: readonly (readonly Tensor[])[]): ReadonlyMap<string, ArrayData> {
  const [first = []] = steps;
  return new Map(
    first.map(({ name, shape }) => {
      const parts = steps.map((outputs, i) => {
        const part = outputs.find((output) => output.name === name);
        if (part === undefined || !sameShape(part.shape.slice(1), shape.slice(1)))
          throw invalidArgument('--save', `output ${name} has another shape in step ${i}`);
        return {
          dataType: part.dataType,
          shape: part.shape.length === 0 && steps.length > 1 ? [1] : part.shape,
          bytes: part.bytes,
        };
      });
      return [name, concatenate(parts, name)] as const;
    }),
  );
}

/** Writes a .npz of all arrays, or the only array as .npy. @throws INVALID_ARGUMENT where it cannot. */
export async function saveOutputs(path: string, arrays: ReadonlyMap<string, ArrayData>): Promise<void> {
  checkSavePath(path);
  if (extname(path).toLowerCase() === '.npz') return write(path, writeNpz(arrays));
  const [entry] = arrays;
  if (entry === undefined || arrays.size > 1)
    throw invalidArgument(
      '--save',
      `a .npy file holds one array, there are ${arrays.size}: choose one with --output, or save to .npz`,
    );
  return write(path, writeNpy(entry[1], entry[0]));
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    throw invalidArgument('--save', `${path} cannot be written: ${(error as Error).message}`);
  }
}
