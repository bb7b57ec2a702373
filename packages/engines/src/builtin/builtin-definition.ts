import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { RangefinderError } from '@rangefinder/base';
import { DATA_TYPES, type DataType, type Dimension, isDataType, type Shape } from '@rangefinder/tensor';
import { numbersOf } from './number-view.ts';

export const BUILTIN_FILE_NAME = 'model.json';
const KINDS = ['identity', 'repeat', 'square', 'fail'] as const;
const FILE_BYTES_MAX = 64 * 1024;
/** Ten minutes. */
const DELAY_MS_MAX = 600_000;
const delayRange = { least: 0, most: DELAY_MS_MAX };

/**
 * What a builtin model does with its one input, as `model.json` says it:
 *
 *     { "kind": "identity", "dataType": "FP32", "shape": ["batch", 4], "delayMs": 5 }
 *
 * `repeat` puts each row's values out `times` times along the last dimension; `square` multiplies each value by itself;
 * `fail` is an identity that fails each `failEvery`-th run, or when the first element equals `failValue`, or always.
 */
export interface BuiltinDefinition {
  readonly kind: (typeof KINDS)[number];
  /** `input`: the first element says it. */
  readonly delayMs: number | 'input';
  readonly dataType: DataType;
  readonly shape: readonly Dimension[];
  readonly inputName: string;
  readonly outputName: string;
  readonly times: number;
  readonly failEvery: number | undefined;
  readonly failValue: number | undefined;
}

/** Reads the file, or `model.json` in the folder, at `modelPath`. MODEL_INVALID naming the field that is wrong. */
export async function readDefinition(modelPath: string): Promise<{ definition: BuiltinDefinition; bytes: number }> {
  const isFolder = await stat(modelPath).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? path.join(modelPath, BUILTIN_FILE_NAME) : modelPath;
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) throw invalid(file, 'does not exist');
  if (size === 0) throw invalid(file, 'is empty');
  if (size > FILE_BYTES_MAX) throw invalid(file, `expected at most ${FILE_BYTES_MAX} bytes, got ${size}`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw invalid(file, `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return { definition: parseDefinition(file, json), bytes: size };
}

const FIELDS = [
  'kind',
  'delayMs',
  'dataType',
  'shape',
  'inputName',
  'outputName',
  'times',
  'failEvery',
  'failValue',
] as const;
type Fields = Partial<Record<(typeof FIELDS)[number], unknown>>;

export function parseDefinition(file: string, json: unknown): BuiltinDefinition {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid(file, 'expected a JSON object');
  const unknown = Object.keys(json).find((key) => !FIELDS.some((field) => field === key));
  if (unknown !== undefined) throw invalid(file, `${unknown}: unknown field`);
  const fields: Fields = json;
  const kind = KINDS.find((each) => each === fields.kind);
  if (kind === undefined) throw invalid(file, `kind: expected one of ${KINDS.join(', ')}`);
  const dataType = fields.dataType ?? 'FP32';
  if (typeof dataType !== 'string' || !isDataType(dataType)) throw invalid(file, 'dataType: expected a data type');
  const shape = fields.shape ?? ['batch', -1];
  if (!isShape(shape)) throw invalid(file, 'shape: expected sizes, -1 or names');
  checkKind(file, kind, dataType, shape);
  return Object.freeze({
    kind,
    dataType,
    shape,
    delayMs: fields.delayMs === 'input' ? 'input' : (numberField(file, fields, 'delayMs', delayRange) ?? 0),
    inputName: nameField(file, fields, 'inputName') ?? 'INPUT',
    outputName: nameField(file, fields, 'outputName') ?? 'OUTPUT',
    times: numberField(file, fields, 'times', { least: 1, most: 1_000_000, whole: true }) ?? 2,
    failEvery: numberField(file, fields, 'failEvery', { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true }),
    failValue: numberField(file, fields, 'failValue', { least: -Infinity, most: Infinity }),
  });
}

/** How long a run with this input takes. */
export function delayOf({ delayMs, dataType }: BuiltinDefinition, input: Uint8Array): number {
  if (delayMs !== 'input') return delayMs;
  const first = Number(numbersOf(dataType, input)?.[0] ?? 0);
  return Math.min(Math.max(first, 0) || 0, DELAY_MS_MAX);
}

/** The output's shape: the input's, with the last dimension times `times` for `repeat`. */
export function outputShape(definition: BuiltinDefinition, shape: Shape): Shape {
  if (definition.kind !== 'repeat') return shape;
  return shape.map((size, i) => (i === shape.length - 1 ? size * definition.times : size));
}

function checkKind(
  file: string,
  kind: BuiltinDefinition['kind'],
  dataType: DataType,
  shape: readonly Dimension[],
): void {
  const { bits } = DATA_TYPES[dataType];
  if (kind === 'repeat' && shape.length === 0) throw invalid(file, 'shape: repeat needs at least one dimension');
  if (kind === 'repeat' && bits < 8) throw invalid(file, `dataType: repeat does not take ${dataType}`);
  if (kind === 'square' && !/^U?INT(8|16|32|64)$|^FP(32|64)$/.test(dataType)) {
    throw invalid(file, `dataType: square does not take ${dataType}`);
  }
}

function isShape(value: unknown): value is readonly Dimension[] {
  if (!Array.isArray(value) || value.length > 32) return false;
  return value.every((each) => (typeof each === 'string' ? each !== '' : Number.isSafeInteger(each) && each >= -1));
}

function nameField(file: string, fields: Fields, name: 'inputName' | 'outputName'): string | undefined {
  const value = fields[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw invalid(file, `${name}: expected a name`);
}

function numberField(
  file: string,
  fields: Fields,
  name: 'delayMs' | 'times' | 'failEvery' | 'failValue',
  range: { readonly least: number; readonly most: number; readonly whole?: boolean },
): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const fits = typeof value === 'number' && value >= range.least && value <= range.most;
  if (fits && (range.whole !== true || Number.isInteger(value))) return value;
  throw invalid(
    file,
    `${name}: expected a ${range.whole === true ? 'whole ' : ''}number from ${range.least} to ${range.most}`,
  );
}

function invalid(file: string, problem: string): RangefinderError {
  return new RangefinderError('MODEL_INVALID', `${file}: ${problem}`, { field: file });
}
