import { elementType } from './element-types.ts';
import type { ElementTypeName } from './element-types.ts';
import type { Shape } from './shape.ts';
import { allocateValues, isBig, isText } from './tensor.ts';
import type { TensorValues } from './tensor.ts';

/** What a person typed or pasted, understood. */
export interface ParsedText {
  readonly values: TensorValues;
  /** The nesting of a JSON array, or rows × columns of several lines; undefined for a plain list. */
  readonly shape: Shape | undefined;
}

/**
 * Reads JSON arrays of any nesting (or one JSON value), or numbers separated by commas, semicolons, tabs or spaces, a line a
 * row. Text that is not JSON is one BYTES element a line. Throws a SyntaxError or RangeError that says where and why.
 */
export function parseTensorText(text: string, dataType: ElementTypeName): ParsedText {
  const trimmed = text.trim();
  if (trimmed === '') throw new SyntaxError('no data');
  if (trimmed.startsWith('[')) return parseJsonArray(trimmed, dataType);
  if (elementType(dataType).kind === 'text') return parseTextLines(text);
  return parseSeparated(trimmed, dataType);
}

function parseTextLines(text: string): ParsedText {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const values = lines.map((line) => (/^".*"$/.test(line.trim()) ? String(JSON.parse(line)) : line));
  return { values, shape: undefined };
}

function parseSeparated(text: string, dataType: ElementTypeName): ParsedText {
  const rows = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const tokens: string[] = [];
  let columns: number | undefined;
  for (const [i, row] of rows.entries()) {
    const cells = row
      .trim()
      .replace(/[,;]$/, '')
      .split(/\s*[,;\t]\s*|\s+/);
    if (columns !== undefined && cells.length !== columns)
      throw new SyntaxError(`line ${i + 1} has ${cells.length} values, line 1 has ${columns}`);
    columns = cells.length;
    for (const cell of cells) tokens.push(cell);
  }
  return { values: convert(tokens, dataType), shape: rows.length > 1 ? [rows.length, columns ?? 0] : undefined };
}

/** One pass without recursion, so that large pastes neither overflow the stack nor lose digits of 64-bit integers. */
function parseJsonArray(text: string, dataType: ElementTypeName): ParsedText {
  const token = /\s*(?:([[\],])|("(?:[^"\\]|\\.)*")|([^\s,[\]"]+))/gy;
  const leaves: string[] = [];
  const open: number[] = [];
  const sizes: (number | undefined)[] = [];
  let leafDepth: number | undefined;
  let expectValue = true;
  let end = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    end = token.lastIndex;
    const [, mark, quoted, bare] = match;
    if (mark === ',') {
      if (expectValue || open.length === 0) throw new SyntaxError(`unexpected "," at character ${end}`);
      expectValue = true;
      continue;
    }
    if (mark === ']') {
      const size = open.pop();
      if (size === undefined || (expectValue && size > 0)) throw new SyntaxError(`unexpected "]" at character ${end}`);
      if (sizes[open.length] !== undefined && sizes[open.length] !== size)
        throw new SyntaxError(
          `ragged array: ${size} elements where others have ${sizes[open.length]}, at character ${end}`,
        );
      sizes[open.length] = size;
      expectValue = false;
      if (open.length === 0) break;
      continue;
    }
    if (!expectValue) throw new SyntaxError(`expected "," or "]" at character ${end}`);
    if (open.length > 0) open[open.length - 1]! += 1;
    if (mark === '[') {
      if (leafDepth !== undefined && open.length >= leafDepth)
        throw new SyntaxError(`nested deeper than before at character ${end}`);
      open.push(0);
      if (open.length > 32) throw new SyntaxError('more than 32 dimensions');
      continue;
    }
    if (leafDepth !== undefined && leafDepth !== open.length)
      throw new SyntaxError(`a value beside an array at character ${end}`);
    leafDepth = open.length;
    leaves.push(quoted === undefined ? bare! : String(JSON.parse(quoted)));
    expectValue = false;
  }
  if (open.length > 0) throw new SyntaxError('the array is not closed');
  if (text.slice(end).trim() !== '') throw new SyntaxError(`text after the array at character ${end + 1}`);
  return { values: convert(leaves, dataType), shape: sizes.length > 1 ? sizes.map((size) => size ?? 0) : undefined };
}

function convert(tokens: readonly string[], dataType: ElementTypeName): TensorValues {
  const values = allocateValues(dataType, tokens.length);
  if (isText(values)) return tokens;
  const { kind, min, max } = elementType(dataType);
  for (const [i, token] of tokens.entries()) {
    if (isBig(values)) {
      values[i] = inRange(parseBigInt(token, i), min, max, dataType, i);
      continue;
    }
    const number = kind === 'bool' ? parseBool(token, i) : parseNumber(token, i);
    if (kind === 'integer' && !Number.isInteger(number))
      throw new RangeError(`value ${i + 1} (${token}) is not a whole number, as ${dataType} needs`);
    values[i] = kind === 'integer' ? inRange(number, min, max, dataType, i) : number;
  }
  return values;
}

function inRange<T extends number | bigint>(
  value: T,
  min: number | bigint | undefined,
  max: number | bigint | undefined,
  dataType: string,
  i: number,
): T {
  if (min !== undefined && max !== undefined && (value < min || value > max))
    throw new RangeError(`value ${i + 1} (${value}) is outside ${dataType}, ${min} to ${max}`);
  return value;
}

function parseBool(token: string, i: number): number {
  if (token === 'true' || token === '1') return 1;
  if (token === 'false' || token === '0') return 0;
  throw new SyntaxError(`value ${i + 1} (${token.slice(0, 24)}) is not true or false`);
}

function parseBigInt(token: string, i: number): bigint {
  if (/^[+-]?\d+$/.test(token)) return BigInt(token.replace('+', ''));
  throw new SyntaxError(`value ${i + 1} (${token.slice(0, 24)}) is not a whole number`);
}

function parseNumber(token: string, i: number): number {
  const number = /^[+-]?(nan|inf(inity)?)$/i.test(token)
    ? /nan/i.test(token)
      ? NaN
      : token.startsWith('-')
        ? -Infinity
        : Infinity
    : Number(token);
  if (Number.isNaN(number) && !/nan/i.test(token))
    throw new SyntaxError(`value ${i + 1} (${token.slice(0, 24)}) is not a number`);
  return number;
}

/** Values as text that `parseTensorText` reads back: rows of the last dimension on lines of a JSON array. */
export function formatTensorText(values: TensorValues, shape: Shape): string {
  const parts = Array.from(values as ArrayLike<number | bigint | string>, (value) =>
    typeof value === 'string' ? JSON.stringify(value) : formatPlain(value, values),
  );
  if (shape.length === 0) return parts.join();
  if (shape.length === 1) return `[${parts.join(', ')}]`;
  const columns = Math.max(1, shape.at(-1) ?? 1);
  const rows: string[] = [];
  for (let i = 0; i < parts.length; i += columns) rows.push(parts.slice(i, i + columns).join(', '));
  return rows.length === 1 || isText(values) ? `[${parts.join(', ')}]` : rows.join('\n');
}

function formatPlain(value: number | bigint, values: TensorValues): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value);
  return values instanceof Float32Array ? String(Number(value.toPrecision(7))) : String(value);
}
