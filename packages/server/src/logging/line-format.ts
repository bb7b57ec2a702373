/** One log record as one readable line: `12:03:04.210 INFO  model is loaded  model=digits version=1`. */

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  20: 'DEBUG',
  30: 'INFO ',
  40: 'WARN ',
  50: 'ERROR',
  60: 'FATAL',
};
const COLOURS: Readonly<Record<number, string>> = {
  20: '\u001b[2m',
  40: '\u001b[33m',
  50: '\u001b[31m',
  60: '\u001b[31m',
};
/** Needs no quotes in a line of name=value. */
const PLAIN = /^[^\s"=\\]+$/;
const OWN_KEYS = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'err']);

/** `json` is a line of pino's; anything that is not comes back as it is. */
export function formatLine(json: string, coloured: boolean): string {
  const record = parseRecord(json);
  if (record === undefined) return json;
  const level = Number(record['level']);
  const at = new Date(Number(record['time'])).toISOString().slice(11, 23);
  const fields = Object.entries(record)
    .filter(([key]) => !OWN_KEYS.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value)}`)
    .join('');
  const message = typeof record['msg'] === 'string' ? record['msg'] : '';
  const line = printable(`${at} ${LEVEL_NAMES[level] ?? 'LOG  '} ${message}${fields === '' ? '' : ` ${fields}`}`);
  const text = `${line}${stackOf(record['err'])}`;
  const colour = coloured ? COLOURS[level] : undefined;
  return colour === undefined ? `${text}\n` : `${colour}${text}\u001b[0m\n`;
}

function parseRecord(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Text that came over the network must not move the cursor of the one who reads the log. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return '';
  return String(error.stack)
    .split('\n')
    .map((line) => `\n    ${printable(line)}`)
    .join('');
}
