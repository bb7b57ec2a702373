import { DEFAULT_LIMITS, invalidArgument } from '@rangefinder/base';
import type { ArrayData } from '../arrays/array-data.ts';
import { readNpy, writeNpy } from './npy.ts';
import { readZip } from './zip-reader.ts';
import { writeZip } from './zip-writer.ts';

/**
 * The arrays of a .npz file by name, in the file's order (`numpy.savez` and `savez_compressed`). Other files in it are ignored.
 *
 * @throws INVALID_ARGUMENT naming `field` and the array.
 */
export function readNpz(bytes: Uint8Array, field: string): ReadonlyMap<string, ArrayData> {
  const entries = readZip(
    bytes,
    { entries: DEFAULT_LIMITS.requestInputs, totalBytes: DEFAULT_LIMITS.tensorBytes },
    field,
  );
  const arrays = new Map<string, ArrayData>();
  for (const entry of entries) {
    if (!entry.name.endsWith('.npy')) continue;
    const name = entry.name.slice(0, -'.npy'.length);
    if (arrays.has(name)) throw invalidArgument(field, `has two arrays called ${JSON.stringify(name)}`);
    arrays.set(name, readNpy(entry.read(), `${field}[${name}]`));
  }
  if (arrays.size === 0) throw invalidArgument(field, 'holds no arrays');
  return arrays;
}

/** A .npz file that `numpy.load` reads. @throws INVALID_ARGUMENT for types NumPy cannot hold. */
export function writeNpz(arrays: ReadonlyMap<string, ArrayData>): Uint8Array {
  return writeZip(Array.from(arrays, ([name, array]) => ({ name: `${name}.npy`, bytes: writeNpy(array, name) })));
}
