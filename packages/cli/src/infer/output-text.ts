import { RangefinderError } from '@rangefinder/base';
import { formatShape, tensorValues, type Tensor } from '@rangefinder/tensor';
import { formatBytes, formatNumber } from '../terminal/quantities.ts';
import { printable, type Painter } from '../terminal/terminal.ts';
import { looksLikeProbabilities, topIndices } from './ranking.ts';

const ROWS_SHOWN_MAX = 16;
const VALUES_SHOWN_MAX = 8;
const TEXT_SHOWN_MAX = 200;
const TOP_DEFAULT = 5;

type Value = number | bigint | boolean | string;

/** Elements of an output; undefined for the types that JavaScript has no values for (complex, 8- and 4-bit floats, 4-bit integers). */
function outputValues(tensor: Tensor): readonly Value[] | undefined {
  try {
    return tensorValues(tensor);
  } catch (error) {
    if (error instanceof RangefinderError && error.code === 'UNSUPPORTED') return undefined;
    throw error;
  }
}

/** `{"name", "datatype", "shape", "data"}` as the protocol has it; types without values carry their bytes as base64 in `raw`. */
export function outputJson(tensor: Tensor): unknown {
  const head = { name: tensor.name, datatype: tensor.dataType, shape: tensor.shape };
  const data = outputValues(tensor);
  return data === undefined ? { ...head, raw: Buffer.from(tensor.bytes).toString('base64') } : { ...head, data };
}

/** An output for people: name, type, shape, and values or the highest-ranked classes. @param top undefined: where it looks like probabilities. */
export function outputText(tensor: Tensor, top: number | undefined, paint: Painter): string {
  const head = `${paint('bold', printable(tensor.name))}  ${paint('dim', `${tensor.dataType} ${formatShape(tensor.shape)}`)}`;
  const values = outputValues(tensor);
  if (values === undefined) return `${head}  ${formatBytes(tensor.bytes.byteLength)}\n`;
  if (values.length === 0) return `${head}  ${paint('dim', 'empty')}\n`;
  if (values.length === 1) return `${head}  ${formatValue(values[0] ?? '')}\n`;
  const count = top ?? (looksLikeProbabilities(tensor, values) ? TOP_DEFAULT : 0);
  const rowLength = tensor.shape.at(-1) ?? 1;
  const rows = Math.ceil(values.length / rowLength);
  const lines: string[] = [];
  for (let row = 0; row < Math.min(rows, ROWS_SHOWN_MAX); row += 1) {
    const part = values.slice(row * rowLength, (row + 1) * rowLength);
    lines.push(...(count > 0 ? rankedLines(part, count, rows > 1 ? row : undefined, paint) : [`  ${rowText(part)}`]));
  }
  if (rows > ROWS_SHOWN_MAX) lines.push(paint('dim', `  … ${rows - ROWS_SHOWN_MAX} more rows`));
  return `${head}\n${lines.join('\n')}\n`;
}

/** A whole output on one line, for a table. */
export function compactText(tensor: Tensor): string {
  const values = outputValues(tensor);
  return values === undefined ? formatBytes(tensor.bytes.byteLength) : rowText(values);
}

function formatValue(value: Value): string {
  if (typeof value === 'string')
    return printable(JSON.stringify(value.length > TEXT_SHOWN_MAX ? `${value.slice(0, TEXT_SHOWN_MAX)}…` : value));
  return typeof value === 'boolean' ? String(value) : formatNumber(value);
}

function rowText(values: readonly Value[]): string {
  if (values.length <= VALUES_SHOWN_MAX) return values.map(formatValue).join('  ');
  const half = VALUES_SHOWN_MAX / 2;
  return [...values.slice(0, half).map(formatValue), '…', ...values.slice(-half).map(formatValue)].join('  ');
}

/** One below another for a single row; a row of a batch on one line. */
function rankedLines(
  values: readonly Value[],
  count: number,
  row: number | undefined,
  paint: Painter,
): readonly string[] {
  const width = String(values.length - 1).length;
  const ranked = topIndices(values.map(Number), count).map(
    (index) => [index, formatValue(values[index] ?? '')] as const,
  );
  if (row === undefined) return ranked.map(([index, text]) => `  ${String(index).padStart(width)}  ${text}`);
  return [`  ${paint('dim', `row ${row}`)}  ${ranked.map(([index, text]) => `${index}: ${text}`).join('  ')}`];
}
