import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { PushRow } from '../service/feature-service.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import type { FeatureWriter } from '../writer/feature-writer.ts';
import { importedEntityId, importedEventMs, importedValue } from './import-values.ts';
import { type ImportFormat, type ImportRecord, openRecords, recordFormat } from './record-sources.ts';

export interface ImportOptions {
  readonly file: string;
  /** By the file's ending where it is left out: .csv, .jsonl or .ndjson, .parquet. */
  readonly format?: ImportFormat;
  /** The column with entity ids; the entity's name where it is left out. */
  readonly entityColumn?: string;
  /** The column with event times: ms since the epoch, dates or ISO 8601. */
  readonly eventTimeColumn?: string;
  /** For all rows, where there is no such column. */
  readonly eventMs?: number;
  /** Column → feature, where they are named differently. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Rows that are checked and written together; 1,000. */
  readonly batchRows?: number;
  /** After each batch. */
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ImportProgress {
  /** Rows read so far. */
  readonly rows: number;
  /** Rows that changed something; the others were older than what the store has. */
  readonly applied: number;
  /** undefined where the format does not say. */
  readonly totalRows: number | undefined;
}

const BATCH_ROWS = 1_000;

/**
 * Pushes a file into a view, batch by batch. Columns that are no feature are left alone. INVALID_ARGUMENT names file, row
 * and column, `users.csv: row 7.age`; batches before it are written, and importing again is harmless. CANCELLED by the signal.
 */
export async function importFeatures(writer: FeatureWriter, options: ImportOptions): Promise<ImportProgress> {
  const { file, batchRows = BATCH_ROWS, onProgress, signal } = options;
  const source = await openRecords(file, recordFormat(file, options.format)).catch((thrown: unknown) => {
    throw readProblem(file, thrown);
  });
  let progress: ImportProgress = { rows: 0, applied: 0, totalRows: source.totalRows };
  let batch: PushRow[] = [];
  const write = async (): Promise<void> => {
    const first = progress.rows + 1;
    const { applied } = await writer.push(batch, (row) => `${file}: row ${first + row}`);
    progress = { ...progress, rows: progress.rows + batch.length, applied: progress.applied + applied };
    batch = [];
    onProgress?.(progress);
  };
  try {
    for await (const record of source.records) {
      if (signal?.aborted === true) throw new RangefinderError('CANCELLED', `${file}: the import was cancelled`);
      batch.push(rowOf(record, writer, options, `${file}: row ${progress.rows + batch.length + 1}`));
      if (batch.length >= batchRows) await write();
    }
    if (batch.length > 0) await write();
  } catch (thrown) {
    throw readProblem(file, thrown);
  }
  return progress;
}

function rowOf(record: ImportRecord, { view }: FeatureWriter, options: ImportOptions, field: string): PushRow {
  const { entityColumn = view.entity, eventTimeColumn, rename = {} } = options;
  const values: Record<string, FeatureValue> = {};
  for (const [column, value] of Object.entries(record)) {
    const name = Object.hasOwn(rename, column) ? rename[column] : column;
    const spec = view.features.find((feature) => feature.name === name);
    if (spec !== undefined) values[spec.name] = importedValue(spec, value, `${field}.${column}`);
  }
  return {
    entityId: importedEntityId(record[entityColumn], `${field}.${entityColumn}`),
    eventMs:
      eventTimeColumn === undefined
        ? (options.eventMs ?? 0)
        : importedEventMs(record[eventTimeColumn], `${field}.${eventTimeColumn}`),
    values,
  };
}

function readProblem(file: string, thrown: unknown): Error {
  if (thrown instanceof RangefinderError) return thrown;
  return invalidArgument(file, `cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
}
