import type { DataType } from '@rangefinder/tensor';
import type { EncodedBody } from '../inference/body-writer.ts';
import type { Slicing } from '../inference/decode-options.ts';
import { runSlices, type Slices } from '../json/slices.ts';
import type { JsonScalar } from '../json/value.ts';
import { JsonWriter } from '../json/writer.ts';
import { feastTimestampText } from './feast-timestamp.ts';
import { elementText } from './feast-values.ts';

/** Feast's FieldStatus by number. */
const STATUS_NAMES = ['INVALID', 'NOT_FOUND', 'PRESENT', 'NULL_VALUE', 'OUTSIDE_MAX_AGE'];
const PRESENT = 2;
/** Elements between two looks at how much was written. */
const BATCH_ELEMENTS = 512;
const EPOCH_MS = 0;

/** One feature of all rows, in the layout of a tensor. */
export interface FeastColumn {
  /** As the answer shall name it. */
  readonly name: string;
  readonly dataType: DataType;
  /** Elements of each row. */
  readonly width: number;
  /** Whether a row's value is a list, of one element too. */
  readonly isList: boolean;
  /** Rows × width elements, little-endian; for BYTES with the protocol's length prefixes. */
  readonly bytes: Uint8Array;
  /** Feast's FieldStatus of each row; one row is for all. */
  readonly statuses: Uint8Array;
  /** Elements that count in each row of a list; undefined where all do. */
  readonly lengths: Uint32Array | undefined;
  /** Event time of each row in ms since the epoch, 0 for none. */
  readonly eventMs: Float64Array;
}

export interface FeastOnlineResponse {
  readonly rows: number;
  /** Come first in the answer and count as present. */
  readonly entities: readonly { readonly name: string; readonly values: readonly JsonScalar[] }[];
  readonly columns: readonly FeastColumn[];
}

/**
 * The answer of Feast's feature server: `{"results": [{"values", "statuses", "event_timestamps"}], "metadata":
 * {"feature_names"}}`, a result for each entity and feature. A value whose status is not PRESENT is null. Synchronous when
 * small, otherwise in slices.
 */
export function encodeFeastOnlineResponse(
  response: FeastOnlineResponse,
  options: Slicing = {},
): EncodedBody | Promise<EncodedBody> {
  return runSlices(writeResponse(response, options.sliceBytes), options.yieldToEventLoop);
}

function* writeResponse(response: FeastOnlineResponse, sliceBytes: number | undefined): Slices<EncodedBody> {
  const { rows, entities, columns } = response;
  const writer = new JsonWriter(FIRST_CHUNK_BYTES, sliceBytes);
  // Columns of one view share their times, and most columns share their statuses: each text is made once.
  const timesText = new Map<Float64Array, string>();
  const epochs = listText(rows, () => JSON.stringify(feastTimestampText(EPOCH_MS)));
  const present = listText(rows, () => '"PRESENT"');
  writer.text('{"results":[');
  for (const [i, { values }] of entities.entries()) {
    const text = listText(rows, (row) => scalarText(values[values.length === 1 ? 0 : row] ?? null));
    writer.text(`${i > 0 ? ',' : ''}{"values":${text},"statuses":${present},"event_timestamps":${epochs}}`);
  }
  for (const [i, column] of columns.entries()) {
    writer.text(`${i + entities.length > 0 ? ',' : ''}{"values":[`);
    yield* writeValues(writer, column, rows);
    const { statuses, eventMs } = column;
    const statusText = statuses.every((status) => status === PRESENT)
      ? present
      : listText(rows, (row) => `"${STATUS_NAMES[at(statuses, row)] ?? 'INVALID'}"`);
    let times = timesText.get(eventMs);
    if (times === undefined) {
      times = listText(rows, (row) => `"${feastTimestampText(at(eventMs, row))}"`);
      timesText.set(eventMs, times);
    }
    writer.text(`],"statuses":${statusText},"event_timestamps":${times}}`);
  }
  const names = [...entities, ...columns].map(({ name }) => name);
  writer.text(`],"metadata":{"feature_names":${JSON.stringify(names)}}}`);
  const contentLength = writer.byteLength;
  return {
    contentType: 'application/json',
    headerContentLength: undefined,
    contentLength,
    chunks: writer.finish(),
  };
}

const FIRST_CHUNK_BYTES = 16 * 1024;

function* writeValues(writer: JsonWriter, column: FeastColumn, rows: number): Slices<void> {
  const { name, dataType, width, isList, bytes, statuses, lengths } = column;
  const textOf = elementText(dataType, bytes, name);
  const only = statuses.length === 1 && rows > 1 ? valueText(0) : undefined;
  let text = '';
  let elements = 0;
  for (let row = 0; row < rows; row++) {
    if (row > 0) text += ',';
    text += only ?? valueText(row);
    elements += width;
    if (elements < BATCH_ELEMENTS) continue;
    writer.text(text);
    text = '';
    elements = 0;
    if (writer.mustPause) {
      yield;
      writer.resume();
    }
  }
  writer.text(text);

  function valueText(row: number): string {
    if (statuses[row] !== PRESENT) return 'null';
    if (!isList) return textOf(row * width);
    const count = Math.min(lengths?.[row] ?? width, width);
    let list = '[';
    for (let i = 0; i < count; i++) list += i > 0 ? `,${textOf(row * width + i)}` : textOf(row * width);
    return `${list}]`;
  }
}

/** One value stands for all rows. */
function at(values: { readonly length: number; readonly [index: number]: number }, row: number): number {
  return values[values.length === 1 ? 0 : row] ?? 0;
}

function listText(rows: number, textOf: (row: number) => string): string {
  let text = '[';
  for (let row = 0; row < rows; row++) text += row > 0 ? `,${textOf(row)}` : textOf(row);
  return `${text}]`;
}

function scalarText(value: JsonScalar): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}
