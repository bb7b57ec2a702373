import { createReadStream } from 'node:fs';
import { invalidArgument } from '@rangefinder/base';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { csvRecords } from './csv-records.ts';

/** Column → value, as the format has it: CSV only text and null. */
export type ImportRecord = Readonly<Record<string, unknown>>;

export interface RecordSource {
  /** A piece at a time, so that memory is bounded by the piece and not by the file. */
  readonly records: AsyncIterable<ImportRecord>;
  /** Known before reading only for Parquet. */
  readonly totalRows: number | undefined;
}

export type ImportFormat = 'csv' | 'jsonl' | 'parquet';

const LINE_MAX_CHARACTERS = 16 * 1024 * 1024;
/** Rows that are read at once from a Parquet file, whatever the length of its row groups. */
const PARQUET_ROWS = 4_096;

export async function openRecords(file: string, format: ImportFormat): Promise<RecordSource> {
  if (format === 'parquet') return openParquet(file);
  const text = createReadStream(file, { encoding: 'utf8' }) as AsyncIterable<string>;
  return { records: format === 'csv' ? csvObjects(text, file) : jsonLines(text, file), totalRows: undefined };
}

async function* csvObjects(text: AsyncIterable<string>, file: string): AsyncGenerator<ImportRecord> {
  let header: string[] | undefined;
  let row = 0;
  for await (const record of csvRecords(text, file)) {
    if (header === undefined) {
      header = record.map((name) => name ?? '');
      continue;
    }
    row++;
    if (record.length !== header.length) {
      throw invalidArgument(
        `${file}: row ${row}`,
        `expected ${header.length} columns like the header, got ${record.length}`,
      );
    }
    yield Object.fromEntries(header.map((name, i) => [name, record[i]]));
  }
}

async function* jsonLines(text: AsyncIterable<string>, file: string): AsyncGenerator<ImportRecord> {
  let row = 0;
  for await (const line of lines(text, file)) {
    if (line.trim() === '') continue;
    row++;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (thrown) {
      throw invalidArgument(
        `${file}: row ${row}`,
        `not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidArgument(`${file}: row ${row}`, 'expected an object of column and value');
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
    const records = async function* (): AsyncGenerator<ImportRecord> {
      for (let rowStart = 0; rowStart < totalRows; rowStart += PARQUET_ROWS) {
        const rowEnd = Math.min(rowStart + PARQUET_ROWS, totalRows);
        yield* await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd });
      }
    };
    return { records: records(), totalRows };
  } catch (thrown) {
    throw invalidArgument(
      file,
      `not a Parquet file that can be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
}
