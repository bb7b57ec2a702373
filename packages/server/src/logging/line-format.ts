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
const OWN_KEYS = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'err']);

/** `json` is a line of pino's; anything that is not comes back as it is. */
export function formatLine(json: string, coloured: boolean): string {
  const record = parseRecord(json);
  if (record === undefined) return json;
  const level = Number(record['level']);
  const at = new Date(Number(record['time'])).toISOString().slice(11, 23);
  const fields = Object.entries(record)
    .filter(([key]) => !OWN_KEYS.has(key))
    .map(
      ([key, value]) => ` ${key}=${typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join('');
  const stack = stackOf(record['err']);
  const line = `${at} ${LEVEL_NAMES[level] ?? 'LOG  '} ${printable(typeof record['msg'] === 'string' ? record['msg'] : '')}${fields === '' ? '' : ` ${fields}`}${stack}`;
  const colour = coloured ? COLOURS[level] : undefined;
  return colour === undefined ? `${line}\n` : `${colour}${line}\u001b[0m\n`;
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
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\uFFFD');
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return '';
  return `\n${printable(String(error.stack).replaceAll('\n', '\n    '))}`;
}
