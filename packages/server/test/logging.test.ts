import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { changeLogSettings, logSettings } from '../src/handlers/log-settings.ts';
import { formatLine } from '../src/logging/line-format.ts';
import { PinoLogger } from '../src/logging/pino-logger.ts';

function recording(format: 'auto' | 'json' | 'text' = 'json'): { logger: PinoLogger; lines: string[] } {
  const lines: string[] = [];
  return { logger: new PinoLogger({ level: 'info', format, sink: { write: (line) => lines.push(line) } }), lines };
}

test('lines are JSON where nobody watches, and text on request', () => {
  const json = recording();
  json.logger.info({ model: 'digits' }, 'model is ready');
  assert.deepEqual(
    { ...(JSON.parse(json.lines[0] ?? '') as object), time: 0 },
    { level: 30, time: 0, model: 'digits', msg: 'model is ready' },
  );
  const text = recording('text');
  text.logger.warn({ model: 'two words', count: 3 }, 'watch out');
  assert.match(text.lines[0] ?? '', /^\d\d:\d\d:\d\d\.\d{3} WARN {2}watch out {2}model="two words" count=3\n$/);
});

test('one change of the level reaches every child', () => {
  const { logger, lines } = recording();
  const child = logger.child({ room: 'serving' });
  child.debug({}, 'unheard');
  logger.level = 'debug';
  child.debug({}, 'heard');
  logger.level = 'silent';
  child.error({}, 'unheard');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { msg: string; room: string }).msg),
    ['heard'],
  );
  assert.equal((JSON.parse(lines[0] ?? '') as { room: string }).room, 'serving');
});

test('an error comes with its stack', () => {
  const { logger, lines } = recording('text');
  logger.error({ err: new Error('broken') }, 'it failed');
  assert.match(lines[0] ?? '', /ERROR it failed\n {4}Error: broken\n {8}at /);
});

test('text from the network cannot steer the terminal', () => {
  const line = formatLine(
    JSON.stringify({ level: 30, time: 0, msg: 'a\u001b[2Jb\rc', name: '\u001b]0;x\u0007' }),
    false,
  );
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  assert.doesNotMatch(line.trimEnd(), /[\u0000-\u001f]/);
  assert.equal(formatLine('not JSON\n', true), 'not JSON\n');
});

test('log settings are switches over one level', () => {
  const log = { level: 'info' as const };
  const at = (change: object): string => {
    const adjustable: { level: 'silent' | 'error' | 'warn' | 'info' | 'debug' } = { ...log };
    changeLogSettings(adjustable, change);
    return adjustable.level;
  };
  assert.equal(at({}), 'info');
  assert.equal(at({ log_verbose_level: 2 }), 'debug');
  assert.equal(at({ log_info: false }), 'warn');
  assert.equal(at({ log_info: false, log_warning: false }), 'error');
  assert.equal(at({ log_info: false, log_warning: false, log_error: false }), 'silent');
  assert.equal(at({ log_error: false }), 'silent');
  assert.throws(() => at({ log_info: true, log_warning: false }), RangefinderError);
  assert.throws(() => at({ log_file: '/x' }), /log_file/);
  assert.equal(logSettings({ level: 'debug' }).log_verbose_level, 1);
});
