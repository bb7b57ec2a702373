import { invalidArgument } from '@rangefinder/base';
import { decodeBytesElements, encodeBytesElements } from '@rangefinder/tensor';

/**
 * BYTES elements out of NumPy's fixed-width strings (little-endian): `S` is bytes padded with NUL, `U` is UTF-32 code points padded with
 * NUL. As NumPy does, trailing NULs are taken for padding. `U` elements become UTF-8.
 */
export function decodeNpyText(
  data: Uint8Array,
  kind: 'S' | 'U',
  itemBytes: number,
  count: number,
  field: string,
): Uint8Array {
  const elements = Array.from({ length: count }, (_, i) => {
    const item = data.subarray(i * itemBytes, (i + 1) * itemBytes);
    return kind === 'S'
      ? withoutTrailingZeros(item)
      : new TextEncoder().encode(decodeUtf32(item, `${field}, element ${i}`));
  });
  return encodeBytesElements(elements);
}

/** The narrowest fixed-width type for these BYTES elements and their data. */
export function encodeNpyText(
  bytes: Uint8Array,
  count: number,
  field: string,
): { readonly descr: string; readonly bytes: Uint8Array } {
  const elements = decodeBytesElements(bytes, count, field);
  const trailing = elements.findIndex((element) => element.at(-1) === 0);
  if (trailing >= 0)
    throw invalidArgument(field, `element ${trailing} ends in a NUL byte, which NumPy's strings cannot keep`);
  const texts = elements.map(codePointsOf);
  if (texts.every((text) => text !== undefined)) {
    const width = Math.max(1, ...texts.map((text) => text.length));
    const data = new Uint8Array(texts.length * width * 4);
    const view = new DataView(data.buffer);
    texts.forEach((text, i) => text.forEach((codePoint, j) => view.setUint32((i * width + j) * 4, codePoint, true)));
    return { descr: `<U${width}`, bytes: data };
  }
  const width = Math.max(1, ...elements.map((element) => element.byteLength));
  const data = new Uint8Array(elements.length * width);
  elements.forEach((element, i) => data.set(element, i * width));
  return { descr: `|S${width}`, bytes: data };
}

function withoutTrailingZeros(item: Uint8Array): Uint8Array {
  let end = item.byteLength;
  while (end > 0 && item[end - 1] === 0) end -= 1;
  return item.subarray(0, end);
}

function decodeUtf32(item: Uint8Array, field: string): string {
  const view = new DataView(item.buffer, item.byteOffset, item.byteLength);
  const codePoints: number[] = [];
  for (let offset = 0; offset < item.byteLength; offset += 4) codePoints.push(view.getUint32(offset, true));
  while (codePoints.at(-1) === 0) codePoints.pop();
  const bad = codePoints.find((codePoint) => codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff));
  if (bad !== undefined) throw invalidArgument(field, `0x${bad.toString(16)} is not a Unicode character`);
  return codePoints.map((codePoint) => String.fromCodePoint(codePoint)).join('');
}

function codePointsOf(element: Uint8Array): number[] | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(element);
    return Array.from(text, (character) => character.codePointAt(0) ?? 0);
  } catch {
    return undefined;
  }
}
