import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { AdjustableLogLevel, LogLevel } from '../logging/log-level.ts';

/** Triton's log settings over our one level: each switch is on when its level, or one more talkative, is. */
export interface LogSettings {
  readonly log_file: string;
  readonly log_info: boolean;
  readonly log_warning: boolean;
  readonly log_error: boolean;
  readonly log_verbose_level: number;
  readonly log_format: string;
}

export type LogSettingsChange = { readonly [name in keyof LogSettings]?: LogSettings[name] };

export function logSettings({ level }: AdjustableLogLevel): LogSettings {
  return {
    log_file: '',
    log_info: level === 'info' || level === 'debug',
    log_warning: level !== 'silent' && level !== 'error',
    log_error: level !== 'silent',
    log_verbose_level: level === 'debug' ? 1 : 0,
    log_format: 'default',
  };
}

/** Applies what is given, leaves the rest, and returns what holds now. Switches that contradict each other are refused. */
export function changeLogSettings(log: AdjustableLogLevel, change: LogSettingsChange): LogSettings {
  if (change.log_file !== undefined && change.log_file !== '') {
    throw new RangefinderError('UNSUPPORTED', 'log_file: the server logs to its standard error; redirect that', {
      field: 'log_file',
    });
  }
  if (change.log_format !== undefined && change.log_format !== 'default') {
    throw new RangefinderError('UNSUPPORTED', 'log_format: expected "default"; --log-format sets it at the start', {
      field: 'log_format',
    });
  }
  log.level = levelOf({ ...logSettings(log), ...change }, change);
  return logSettings(log);
}

function levelOf(wanted: LogSettings, change: LogSettingsChange): LogLevel {
  const verbose = wanted.log_verbose_level > 0;
  // Turning information off turns off what is more talkative, unless the same call asks for it.
  if (verbose && (wanted.log_info || change.log_verbose_level !== undefined)) {
    if (change.log_info === false)
      throw invalidArgument('log_info', 'expected true together with log_verbose_level above 0');
    return 'debug';
  }
  if (wanted.log_info) {
    if (change.log_warning === false && change.log_info === true)
      throw invalidArgument('log_warning', 'expected true together with log_info');
    if (change.log_warning !== false && change.log_error !== false) return 'info';
  }
  if (wanted.log_warning) {
    if (change.log_error === false && change.log_warning === true)
      throw invalidArgument('log_error', 'expected true together with log_warning');
    if (change.log_error !== false) return 'warn';
  }
  return wanted.log_error ? 'error' : 'silent';
}
