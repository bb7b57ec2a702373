import { DEFAULT_LIMITS, invalidArgument } from '@rangefinder/base';
import type { Shape } from './shape.ts';

/** What a .npy file says of its data. `dataOffset` is where the elements begin. */
export interface NpyHeader {
  /** NumPy's type string: byte order, kind, size (`<f4`, `|b1`, `>i8`, `<U12`). */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: Shape;
  readonly dataOffset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HEADER_BYTES_MAX = 1024 * 1024;

/**
 * Reads the header of a .npy file, versions 1.0, 2.0 and 3.0.
 * Source: the format's own description, numpy/lib/format.py (NEP 1).
 *
 * @throws INVALID_ARGUMENT naming `field`.
 */
export function readNpyHeader(bytes: Uint8Array, field: string): NpyHeader {
  if (bytes.byteLength < 10 || !MAGIC.every((byte, i) => bytes[i] === byte))
    throw invalidArgument(field, 'not a .npy file');
  const major = bytes[6] ?? 0;
  if (major < 1 || major > 3) throw invalidArgument(field, `.npy version ${major} is not known; 1, 2 and 3 are`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = major === 1 ? 10 : 12;
  if (bytes.byteLength < start) throw invalidArgument(field, 'the .npy header is cut short');
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > HEADER_BYTES_MAX)
    throw invalidArgument(field, `the .npy header is ${length} bytes long; at most ${HEADER_BYTES_MAX} are read`);
  if (start + length > bytes.byteLength) throw invalidArgument(field, 'the .npy header is cut short');
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  return { ...parseHeaderText(text, field), dataOffset: start + length };
}

/** The header of a row-major array, padded so that the data begins at a multiple of 64 bytes. */
export function writeNpyHeader(descr: string, shape: Shape): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`;
  const padding = 63 - ((10 + dictionary.length) % 64);
  const text = `${dictionary}${' '.repeat(padding)}\n`;
  const bytes = new Uint8Array(10 + text.length);
  bytes.set(MAGIC);
  bytes.set([1, 0, text.length & 0xff, text.length >>> 8], 6);
  bytes.set(new TextEncoder().encode(text), 10);
  return bytes;
}

/** The header is a Python dictionary with three keys in any order; only what NumPy writes is read. */
function parseHeaderText(text: string, field: string): Omit<NpyHeader, 'dataOffset'> {
  if (/'descr'\s*:\s*\[/.test(text))
    throw invalidArgument(field, 'a structured array (named fields); give each field as its own array');
  const descr = /'descr'\s*:\s*(?:'([^'\\]*)'|"([^"\\]*)")/.exec(text);
  const fortranOrder = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text);
  if (!/^\s*\{[^]*\}\s*$/.test(text) || descr === null || fortranOrder === null || shape === null) {
    throw invalidArgument(field, 'the .npy header lacks descr, fortran_order or shape');
  }
  return {
    descr: descr[1] ?? descr[2] ?? '',
    fortranOrder: fortranOrder[1] === 'True',
    shape: parseSizes(shape[1] ?? '', field),
  };
}

function parseSizes(text: string, field: string): Shape {
  const parts = text.split(',').map((part) => part.trim().replace(/L$/, ''));
  if (parts.at(-1) === '') parts.pop();
  if (parts.length > DEFAULT_LIMITS.tensorRank)
    throw invalidArgument(field, `more than ${DEFAULT_LIMITS.tensorRank} dimensions`);
  return parts.map((part) => {
    const size = Number(part);
    if (!/^\d+$/.test(part) || !Number.isSafeInteger(size))
      throw invalidArgument(field, `the .npy shape (${text}) is not a list of sizes`);
    return size;
  });
}
