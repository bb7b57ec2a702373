import { invalidArgument, RangefinderError } from '@rangefinder/base';

export interface TraceSettings {
  /** One request in so many is traced; 0 traces none. */
  readonly rate: number;
  /** Requests that are still traced; -1 is no limit. */
  readonly count: number;
}

/** Settings as Triton's trace extension writes them: everything is text. */
export interface TraceSettingsBody {
  readonly trace_level: readonly string[];
  readonly trace_rate: string;
  readonly trace_count: string;
  readonly trace_mode: string;
}

/** A change: undefined leaves a setting, null puts it back to what it falls back on. */
export interface TraceSettingsChange {
  readonly trace_level?: readonly string[] | string | null;
  readonly trace_rate?: string | number | null;
  readonly trace_count?: string | number | null;
  readonly trace_mode?: string | number | null;
  readonly trace_file?: string | number | null;
  readonly log_frequency?: string | number | null;
}

interface Overrides {
  enabled?: boolean | undefined;
  rate?: number | undefined;
  count?: number | undefined;
}

/**
 * Decides which requests are traced: one in `rate`, of the server or of the model where that has settings of its own,
 * counted, not drawn, so that a test and a person get what they asked for.
 */
export class TraceSampler {
  /** Whether anything receives traces. Without, settings can still be read and changed, and nothing is traced. */
  readonly connected: boolean;
  readonly #defaults: TraceSettings;
  readonly #server: Overrides = {};
  readonly #models = new Map<string, Overrides>();
  readonly #seen = new Map<string, number>();

  constructor(defaults: TraceSettings, connected: boolean) {
    this.#defaults = defaults;
    this.connected = connected;
  }

  /** Whether to trace this request. Counts it. */
  sample(modelName: string): boolean {
    if (!this.connected) return false;
    const own = this.#models.get(modelName);
    const { enabled, rate, count } = this.#resolve(own);
    if (!enabled || rate === 0 || count === 0) return false;
    const key = own === undefined ? '' : modelName;
    const seen = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, seen % rate);
    if (seen % rate !== 0) return false;
    if (count > 0) this.#spend(own, count);
    return true;
  }

  settings(modelName?: string): TraceSettingsBody {
    const { enabled, rate, count } = this.#resolve(modelName === undefined ? undefined : this.#models.get(modelName));
    return {
      trace_level: [enabled && rate > 0 ? 'TIMESTAMPS' : 'OFF'],
      trace_rate: String(rate),
      trace_count: String(count),
      trace_mode: 'opentelemetry',
    };
  }

  /** Applies all of a change or, when a field is wrong, nothing of it. */
  change(change: TraceSettingsChange, modelName?: string): TraceSettingsBody {
    const update = readChange(change);
    let target = this.#server;
    if (modelName !== undefined) {
      target = this.#models.get(modelName) ?? {};
      this.#models.set(modelName, target);
    }
    Object.assign(target, update);
    if (
      modelName !== undefined &&
      target.enabled === undefined &&
      target.rate === undefined &&
      target.count === undefined
    ) {
      this.#models.delete(modelName);
    }
    return this.settings(modelName);
  }

  /** A model is gone, and its settings with it. */
  forget(modelName: string): void {
    this.#models.delete(modelName);
    this.#seen.delete(modelName);
  }

  #resolve(own: Overrides | undefined): { enabled: boolean; rate: number; count: number } {
    return {
      enabled: own?.enabled ?? this.#server.enabled ?? this.connected,
      rate: own?.rate ?? this.#server.rate ?? this.#defaults.rate,
      count: own?.count ?? this.#server.count ?? this.#defaults.count,
    };
  }

  #spend(own: Overrides | undefined, count: number): void {
    if (own?.count === undefined) this.#server.count = count - 1;
    else own.count = count - 1;
  }
}

function readChange(change: TraceSettingsChange): Overrides {
  const update: Overrides = {};
  if (change.trace_file !== undefined && change.trace_file !== null && change.trace_file !== '') {
    throw new RangefinderError('UNSUPPORTED', 'trace_file: traces go to an OpenTelemetry collector, not to files', {
      field: 'trace_file',
    });
  }
  if (change.trace_mode !== undefined && change.trace_mode !== null && change.trace_mode !== 'opentelemetry') {
    throw new RangefinderError('UNSUPPORTED', 'trace_mode: expected "opentelemetry"', { field: 'trace_mode' });
  }
  if (change.log_frequency !== undefined && change.log_frequency !== null && Number(change.log_frequency) !== 0) {
    throw new RangefinderError('UNSUPPORTED', 'log_frequency: expected 0; there are no trace files to cut', {
      field: 'log_frequency',
    });
  }
  if (change.trace_level !== undefined)
    update.enabled = change.trace_level === null ? undefined : readLevel(change.trace_level);
  if (change.trace_rate !== undefined)
    update.rate = change.trace_rate === null ? undefined : readInteger('trace_rate', change.trace_rate, 0);
  if (change.trace_count !== undefined)
    update.count = change.trace_count === null ? undefined : readInteger('trace_count', change.trace_count, -1);
  return update;
}

function readLevel(given: readonly string[] | string): boolean {
  const levels = typeof given === 'string' ? [given] : given;
  for (const level of levels) {
    if (level === 'TENSORS')
      throw new RangefinderError('UNSUPPORTED', 'trace_level: tensors are not written to traces', {
        field: 'trace_level',
      });
    if (!['OFF', 'TIMESTAMPS', 'MIN', 'MAX'].includes(level)) {
      throw invalidArgument('trace_level', `expected OFF or TIMESTAMPS, got "${level.slice(0, 64)}"`);
    }
  }
  return levels.length > 0 && !levels.includes('OFF');
}

function readInteger(field: string, given: string | number, min: number): number {
  const value = typeof given === 'number' ? given : /^-?[0-9]{1,15}$/.test(given) ? Number(given) : NaN;
  if (!Number.isInteger(value) || value < min) {
    throw invalidArgument(
      field,
      `expected a whole number of ${min} or more, got ${JSON.stringify(given).slice(0, 64)}`,
    );
  }
  return value;
}
