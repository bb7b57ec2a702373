import { DEFAULT_LIMITS } from '@rangefinder/base';
import { parseExactJson } from '../arrays/json-array.ts';
import { connect } from '../client-connection.ts';
import { asUsage } from '../command-failure.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { readInputFile } from '../files/input-file.ts';
import type { Invocation } from '../program.ts';
import { jsonText } from '../terminal/json-text.ts';
import { formatDuration } from '../terminal/quantities.ts';
import { printable } from '../terminal/terminal.ts';

export async function runLoad(invocation: Invocation): Promise<ExitCode> {
  const { options, terminal } = invocation;
  const configPath = options.text('--config');
  const config = configPath === undefined ? undefined : await asUsage(() => readConfig(configPath));
  await using connection = connect(options, terminal);
  return await control(invocation, 'loaded', (name) => connection.load(name, config));
}

export async function runUnload(invocation: Invocation): Promise<ExitCode> {
  await using connection = connect(invocation.options, invocation.terminal);
  return await control(invocation, 'unloaded', (name) => connection.unload(name));
}

async function control(
  { arguments: [name = ''], options, terminal }: Invocation,
  done: string,
  act: (name: string) => Promise<void>,
): Promise<ExitCode> {
  const startedMs = performance.now();
  await act(name);
  const durationMs = performance.now() - startedMs;
  const text = `${done} ${printable(name)} in ${formatDuration(durationMs)}\n`;
  terminal.out.write(
    options.isOn('--json') ? jsonText({ model: name, outcome: done, duration_ms: Math.round(durationMs) }) : text,
  );
  return EXIT.ok;
}

async function readConfig(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readInputFile(path, '--config', DEFAULT_LIMITS.modelConfigBytes));
  parseExactJson(text, `--config ${path}`);
  return text;
}
