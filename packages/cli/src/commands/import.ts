import { RangefinderError } from '@rangefinder/base';
import { importFeatureFile } from '@rangefinder/server';
import { mistake, usageFailure } from '../command-failure.ts';
import type { IMPORT_FORMATS } from '../command-table-import.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
import type { Invocation } from '../program.ts';
import { jsonText } from '../terminal/json-text.ts';
import { formatDuration } from '../terminal/quantities.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Nobody wants to read about what is done in less, and no eye follows more. */
const PROGRESS_INTERVAL_MS = 500;

type ImportProgress = Awaited<ReturnType<typeof importFeatureFile>>;

export async function runImport({ arguments: args, options, terminal }: Invocation): Promise<ExitCode> {
  const [view = '', file = ''] = args;
  const startedMs = performance.now();
  const progress = new ProgressLine(terminal, file);
  const { rows, applied } = await importFeatureFile(
    { view, ...targetOf(options, terminal) },
    { file, ...formOf(options), signal: terminal.signal, onProgress: (made) => progress.show(made) },
  )
    .catch((thrown: unknown) => {
      throw isMistake(thrown) ? mistake(thrown) : thrown;
    })
    .finally(() => progress.clear());
  if (options.isOn('--json')) {
    terminal.out.write(jsonText({ view, file, rows, applied, late: rows - applied }));
  } else {
    const late = rows === applied ? '' : `, ${rows - applied} of them older than what the store has`;
    const took = formatDuration(performance.now() - startedMs);
    terminal.out.write(`${view}: ${rows.toLocaleString('en')} rows from ${file} in ${took}${late}\n`);
  }
  return EXIT.ok;
}

/** What the person can mend, and not a store that is down. */
function isMistake(thrown: unknown): thrown is RangefinderError {
  return thrown instanceof RangefinderError && thrown.code === 'INVALID_ARGUMENT';
}

function targetOf(options: OptionValues, { environment }: Terminal) {
  const given = (flag: string, variable: string): string | undefined => options.text(flag) ?? environment[variable];
  const featureStore = given('--feature-store', 'RANGEFINDER_FEATURE_STORE');
  const featureStoreDir = given('--feature-store-dir', 'RANGEFINDER_FEATURE_STORE_DIR');
  return {
    featureRepository: given('--feature-repository', 'RANGEFINDER_FEATURE_REPOSITORY') ?? '.',
    ...(featureStore === undefined ? {} : { featureStore }),
    ...(featureStoreDir === undefined ? {} : { featureStoreDir }),
  };
}

/** How the file is to be read. */
function formOf(options: OptionValues) {
  const format = options.text('--format') as (typeof IMPORT_FORMATS)[number] | undefined;
  const entityColumn = options.text('--entity-column');
  const eventTimeColumn = options.text('--event-time-column');
  const eventTime = options.text('--event-time');
  if (eventTime !== undefined && eventTimeColumn !== undefined)
    throw usageFailure('--event-time: expected it or --event-time-column, got both', '--event-time');
  return {
    ...(format === undefined ? {} : { format }),
    ...(entityColumn === undefined ? {} : { entityColumn }),
    ...(eventTimeColumn === undefined ? { eventMs: eventMsOf(eventTime) } : { eventTimeColumn }),
    rename: Object.fromEntries(options.pairs('--rename', 'COLUMN=FEATURE')),
  };
}

function eventMsOf(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw usageFailure(
    `--event-time: expected ISO 8601 or milliseconds since 1970, found ${JSON.stringify(text)}`,
    '--event-time',
  );
}

/** One line that is written over while somebody looks; nothing in files and pipes. */
class ProgressLine {
  readonly #terminal: Terminal;
  readonly #file: string;
  #shownMs = performance.now();
  #isShown = false;

  constructor(terminal: Terminal, file: string) {
    this.#terminal = terminal;
    this.#file = file;
  }

  show({ rows, totalRows }: ImportProgress): void {
    const nowMs = performance.now();
    if (!this.#terminal.error.isTerminal || nowMs - this.#shownMs < PROGRESS_INTERVAL_MS) return;
    this.#shownMs = nowMs;
    this.#isShown = true;
    const of = totalRows === undefined ? '' : ` of ${totalRows.toLocaleString('en')}`;
    this.#terminal.error.write(`\r\x1b[2K${this.#file}: ${rows.toLocaleString('en')}${of} rows …`);
  }

  clear(): void {
    if (this.#isShown) this.#terminal.error.write('\r\x1b[2K');
  }
}
