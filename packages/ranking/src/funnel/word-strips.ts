import { alignedBytes, bytesOf, copyWords, typedView, type DataType, type RowWriter } from '@rangefinder/tensor';
import type { InputLayout } from './tensor-filling.ts';
import { numbersOf, type Values } from './values.ts';

/** From so many words on, repeated values are copied with their rows, twice as many rows each time. */
const DOUBLING_WORDS = 16;

/** Words of a candidate from `row × strideWords + offsetWords` on, for columns `column` to `column + width` of the input. */
interface Strip {
  readonly words: Uint32Array;
  readonly strideWords: number;
  readonly offsetWords: number;
  readonly rowOf: Uint32Array | undefined;
  readonly column: number;
  width: number;
}

/** The same for all candidates. */
interface Repeated {
  readonly words: Uint32Array;
  readonly column: number;
}

/**
 * Writes rows of a 32-bit input from where the values lie, in any order and as often as wanted; undefined for other types.
 * Neighbours that lie side by side already are one copy.
 */
export function wordWriter({ name, dataType, width }: InputLayout, parts: readonly Values[]): RowWriter | undefined {
  if (dataType !== 'FP32' && dataType !== 'INT32' && dataType !== 'UINT32') return undefined;
  const strips: Strip[] = [];
  const repeated: Repeated[] = [];
  let column = 0;
  for (const part of parts) {
    if (part.broadcast) repeated.push({ words: convertedWords(part, dataType, name), column });
    else addStrip(strips, stripOf(part, dataType, column, name));
    column += part.width;
  }
  return (target, from, rows) => {
    const aligned = target.byteOffset % 4 === 0 ? target : new Uint8Array(target.length);
    const words = wordsOf(aligned);
    repeat(words, repeated, width, rows);
    for (const strip of strips) copyStrip(words, strip, width, from, rows);
    if (aligned !== target) target.set(aligned);
  };
}

/** Bytes as 32-bit words, copied where they are not aligned. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = alignedBytes(bytes, 4);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}

function stripOf(part: Values, dataType: DataType, column: number, name: string): Strip {
  const { width, strip } = part;
  if (strip !== undefined && part.dataType === dataType) return { ...strip, column, width };
  const words = convertedWords(part, dataType, name);
  return { words, strideWords: width, offsetWords: 0, rowOf: part.rowOf, column, width };
}

/** Values as the input's type has them; as they lie where that is their own. */
function convertedWords(part: Values, dataType: DataType, name: string): Uint32Array {
  if (part.dataType === dataType) return wordsOf(part.bytes);
  const source = numbersOf(part, `input '${name}'`);
  const words = new Uint32Array(source.length);
  const target = typedView(dataType, bytesOf(words)) as Float32Array;
  for (let i = 0; i < source.length; i++) target[i] = source[i]!;
  return words;
}

function addStrip(strips: Strip[], strip: Strip): void {
  const last = strips.at(-1);
  const continues =
    last !== undefined &&
    last.words === strip.words &&
    last.rowOf === strip.rowOf &&
    last.strideWords === strip.strideWords &&
    last.offsetWords + last.width === strip.offsetWords &&
    last.column + last.width === strip.column;
  if (continues) last.width += strip.width;
  else strips.push(strip);
}

/** Leaves anything in the columns that are not repeated: those are written after it. */
function repeat(target: Uint32Array, repeated: readonly Repeated[], stride: number, rows: number): void {
  if (rows === 0) return;
  let total = 0;
  for (const { words, column } of repeated) {
    total += words.length;
    target.set(words, column);
  }
  if (total >= DOUBLING_WORDS) {
    const end = rows * stride;
    for (let filled = stride; filled < end; filled *= 2) target.copyWithin(filled, 0, Math.min(filled, end - filled));
    return;
  }
  for (const { words, column } of repeated) {
    for (let to = stride + column; to < rows * stride; to += stride) copyWords(words, 0, target, to, words.length);
  }
}

function copyStrip(target: Uint32Array, strip: Strip, stride: number, from: number, rows: number): void {
  const { words, strideWords, offsetWords, rowOf, column, width } = strip;
  for (let i = 0; i < rows; i++) {
    const row = rowOf === undefined ? from + i : rowOf[from + i]!;
    const start = row * strideWords + offsetWords;
    const to = i * stride + column;
    if (start + width <= words.length) copyWords(words, start, target, to, width);
    else target.fill(0, to, to + width);
  }
}
