import { styleText } from 'node:util';

/** Where a command writes text. */
export interface TextSink {
  write(text: string): void;
  /** Whether a person is looking, as far as that can be told. */
  readonly isTerminal: boolean;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Everything that a command may touch of the process. */
export interface Terminal {
  readonly out: TextSink;
  readonly error: TextSink;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads all of standard input. */
  readInput(): Promise<Uint8Array>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export type Painter = (style: Style, text: string) => string;

/** Colours only for people: not into files and pipes, and not where NO_COLOR (https://no-color.org) says no. FORCE_COLOR says yes. */
export function painterFor(sink: TextSink, environment: Terminal['environment']): Painter {
  const forced = environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '0';
  const refused =
    (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb' || environment['FORCE_COLOR'] === '0';
  if (refused || (!sink.isTerminal && !forced)) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Text from a server or a file made harmless for a terminal: control characters but newlines, escape sequences included, become visible. */
export function printable(text: string): string {
  return text.replaceAll(
    /(?!\n)\p{Control}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
