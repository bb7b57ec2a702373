import { pino, type Logger as Pino } from 'pino';
import type { LogFields, Logger } from '@rangefinder/base';
import { formatLine } from './line-format.ts';
import type { AdjustableLogLevel, LogLevel } from './log-level.ts';

interface LogSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface PinoLoggerOptions {
  readonly level: LogLevel;
  /** `auto`: readable lines on a terminal, JSON everywhere else. */
  readonly format: 'auto' | 'json' | 'text';
  readonly sink: LogSink;
}

/** The platform's Logger on pino. Children share the level, so that one change reaches them all at once. */
export class PinoLogger implements Logger, AdjustableLogLevel {
  readonly #root: Pino;
  readonly #pino: Pino;
  readonly #shared: { level: LogLevel; weight: number };

  constructor(
    options: PinoLoggerOptions,
    parent?: { root: Pino; pino: Pino; shared: { level: LogLevel; weight: number } },
  ) {
    if (parent !== undefined) {
      this.#root = parent.root;
      this.#pino = parent.pino;
      this.#shared = parent.shared;
      return;
    }
    const { sink } = options;
    const asText = options.format === 'text' || (options.format === 'auto' && sink.isTTY === true);
    const coloured = sink.isTTY === true && process.env['NO_COLOR'] === undefined;
    const destination = { write: (line: string) => void sink.write(asText ? formatLine(line, coloured) : line) };
    // pino's own level stays open and ours decides: a pino child copies its parent's level when it is made, and keeps it.
    this.#root = pino({ level: 'trace', base: null }, destination);
    this.#pino = this.#root;
    this.#shared = { level: options.level, weight: WEIGHTS[options.level] };
  }

  get level(): LogLevel {
    return this.#shared.level;
  }

  set level(level: LogLevel) {
    this.#shared.level = level;
    this.#shared.weight = WEIGHTS[level];
  }

  debug(fields: LogFields, message: string): void {
    if (this.#shared.weight <= WEIGHTS.debug) this.#pino.debug(fields, message);
  }

  info(fields: LogFields, message: string): void {
    if (this.#shared.weight <= WEIGHTS.info) this.#pino.info(fields, message);
  }

  warn(fields: LogFields, message: string): void {
    if (this.#shared.weight <= WEIGHTS.warn) this.#pino.warn(fields, message);
  }

  error(fields: LogFields, message: string): void {
    if (this.#shared.weight <= WEIGHTS.error) this.#pino.error(fields, message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(
      { level: this.level, format: 'json', sink: { write: () => true } },
      { root: this.#root, pino: this.#pino.child(fields), shared: this.#shared },
    );
  }
}

const WEIGHTS: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50, silent: Infinity };
