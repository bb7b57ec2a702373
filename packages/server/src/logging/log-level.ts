/** From quiet to talkative. `silent` writes nothing at all. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** A level that can be changed while the server runs. */
export interface AdjustableLogLevel {
  level: LogLevel;
}
