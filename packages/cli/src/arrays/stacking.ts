import { invalidArgument } from '@rangefinder/base';
import { formatShape, sameShape } from '@rangefinder/tensor';
import type { ArrayData } from './array-data.ts';

/** One array out of several of the same type, joined along the first dimension: [2,3] and [1,3] become [3,3]. */
export function concatenate(arrays: readonly ArrayData[], field: string): ArrayData {
  const [first] = arrays;
  if (first === undefined) throw invalidArgument(field, 'there is nothing to join');
  if (arrays.length === 1) return first;
  for (const array of arrays) {
    const fits =
      array.dataType === first.dataType &&
      array.shape.length > 0 &&
      sameShape(array.shape.slice(1), first.shape.slice(1));
    if (!fits) {
      const found = `${array.dataType} ${formatShape(array.shape)}`;
      throw invalidArgument(
        field,
        `given several times with data that cannot be joined: ${first.dataType} ${formatShape(first.shape)} and ${found}`,
      );
    }
  }
  const rows = arrays.reduce((sum, array) => sum + (array.shape[0] ?? 0), 0);
  return {
    dataType: first.dataType,
    shape: [rows, ...first.shape.slice(1)],
    bytes: joinBytes(arrays.map((array) => array.bytes)),
  };
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}
