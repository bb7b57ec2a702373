import { createReadStream } from 'node:fs';
import path from 'node:path';
import { invalidArgument } from '@rangefinder/base';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { csvRecords, type LinePosition } from './csv-records.ts';

/** Column → value, as the format has it: CSV only text and null. */
export type ImportRecord = Readonly<Record<string, unknown>>;

export interface RecordSource {
  /** A piece at a time, so that memory is bounded by the piece and not by the file. */
  readonly records: AsyncIterable<ImportRecord>;
  /** Known before reading only for Parquet. */
  readonly totalRows: number | undefined;
  /** Where the last record came from, for messages: `line 7`, and `row 7` in Parquet. */
  place(): string;
}

export type ImportFormat = 'csv' | 'jsonl' | 'parquet';

const LINE_MAX_CHARACTERS = 16 * 1024 * 1024;
/** Rows that are read at once from a Parquet file, whatever the length of its row groups. */
const PARQUET_ROWS = 4_096;

const ENDINGS: Readonly<Record<string, ImportFormat>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
};

/** The format that was named, or else by the file's ending. Throws INVALID_ARGUMENT for one that says nothing. */
export function recordFormat(file: string, named: ImportFormat | undefined): ImportFormat {
  const known = named ?? ENDINGS[path.extname(file).toLowerCase()];
  if (known !== undefined) return known;
  throw invalidArgument(file, `expected a name that ends in ${Object.keys(ENDINGS).join(', ')}, or a format`);
}

/**
 * Records of a file, to be read once. What is wrong with one is INVALID_ARGUMENT that names the file and the line; what the
 * system says of the file is thrown as it is, by this or by the first record.
 */
export async function openRecords(file: string, format: ImportFormat): Promise<RecordSource> {
  if (format === 'parquet') return openParquet(file);
  const text = createReadStream(file, { encoding: 'utf8' }) as AsyncIterable<string>;
  const position = { line: 0 };
  const records = format === 'csv' ? csvObjects(text, file, position) : jsonLines(text, file, position);
  return { records, totalRows: undefined, place: () => `line ${position.line}` };
}

async function* csvObjects(
  text: AsyncIterable<string>,
  file: string,
  position: LinePosition,
): AsyncGenerator<ImportRecord> {
  let header: string[] | undefined;
  for await (const record of csvRecords(text, file, position)) {
    if (header === undefined) {
      header = record.map((name) => name ?? '');
      continue;
    }
    if (record.length !== header.length) {
      throw invalidArgument(
        `${file}: line ${position.line}`,
        `expected ${header.length} columns like the header, got ${record.length}`,
      );
    }
    yield Object.fromEntries(header.map((name, i) => [name, record[i]]));
  }
}

async function* jsonLines(
  text: AsyncIterable<string>,
  file: string,
  position: LinePosition,
): AsyncGenerator<ImportRecord> {
  for await (const line of lines(text, file)) {
    position.line++;
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (thrown) {
      throw invalidArgument(
        `${file}: line ${position.line}`,
        `not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidArgument(`${file}: line ${position.line}`, 'expected an object of column and value');
    }
    yield value as ImportRecord;
  }
}

async function* lines(text: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LINE_MAX_CHARACTERS)
      throw invalidArgument(file, `has a line of more than ${LINE_MAX_CHARACTERS} characters`);
    yield* parts;
  }
  yield rest;
}

async function openParquet(file: string): Promise<RecordSource> {
  const buffer = await asyncBufferFromFile(file);
  try {
    const metadata = await parquetMetadataAsync(buffer);
    const totalRows = Number(metadata.num_rows);
    let row = 0;
    const records = async function* (): AsyncGenerator<ImportRecord> {
      for (let rowStart = 0; rowStart < totalRows; rowStart += PARQUET_ROWS) {
        const rowEnd = Math.min(rowStart + PARQUET_ROWS, totalRows);
        for (const record of await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd })) {
          row++;
          yield record;
        }
      }
    };
    return { records: records(), totalRows, place: () => `row ${row}` };
  } catch (thrown) {
    throw invalidArgument(
      file,
      `not a Parquet file that can be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
}
