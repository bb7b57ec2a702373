import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { COMMANDS } from '../src/command-table.ts';
import { bashCompletion } from '../src/completion/bash.ts';
import { fishCompletion } from '../src/completion/fish.ts';
import { zshCompletion } from '../src/completion/zsh.ts';

let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rangefinder-completion-'));
  mkdirSync(join(folder, 'models'));
  writeFileSync(join(folder, 'speech.wav'), '');
  writeFileSync(join(folder, 'completion.bash'), bashCompletion(COMMANDS));
  // Stands in for the real command, which is asked for the names of models.
  writeFileSync(
    join(folder, 'rangefinder'),
    '#!/bin/sh\n[ "$1 $2" = "models --names" ] && printf "digits\\nsilero-vad\\n"\n',
    { mode: 0o755 },
  );
});

after(() => rmSync(folder, { recursive: true }));

/** What bash offers for these words, the last of which is being typed. */
function offers(...words: string[]): readonly string[] {
  const script = `
    source completion.bash
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _rangefinder
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', script, 'bash', 'rangefinder', ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  });
  return output.split('\n').filter((line) => line !== '');
}

const CASES: readonly [what: string, words: readonly string[], expected: readonly string[]][] = [
  ['commands', [''], [...COMMANDS.map((command) => command.name), '--version', '--help']],
  ['a command by its first letters', ['mo'], ['models']],
  ['models, asked from the server', ['infer', ''], ['digits', 'silero-vad']],
  ['models for load', ['load', 'si'], ['silero-vad']],
  ['models after options', ['unload', '--url', 'http://x', 'd'], ['digits']],
  ['options of the command', ['infer', 'digits', '--image-'], ['--image-size', '--image-multiple']],
  ['values of an option', ['infer', 'digits', '--layout', ''], ['NCHW', 'NHWC']],
  ['values by their first letters', ['infer', 'digits', '--layout', 'NH'], ['NHWC']],
  ['files for the second argument', ['infer', 'digits', 'sp'], ['speech.wav']],
  // bash hands `input=@sp` over as four words.
  ['files after NAME=@', ['infer', 'vad', '--input', 'input', '=@', 'sp'], ['speech.wav']],
  ['the file argument after an input', ['infer', 'vad', '--input', 'sr', '=', '16000', 'sp'], ['speech.wav']],
  ['folders', ['check', ''], ['models']],
  ['shells', ['completion', 'z'], ['zsh']],
  ['nothing for free text', ['infer', 'digits', '--model-version', ''], []],
];

for (const [what, words, expected] of CASES) {
  test(`bash completes ${what}`, () => {
    assert.deepEqual(offers(...words), expected);
  });
}

test('every option of every command is offered by bash', () => {
  for (const command of COMMANDS) {
    const flags = command.options.map((option) => option.flag);
    assert.deepEqual(offers(command.name, '--'), [...flags, '--help'], command.name);
  }
});

for (const [shell, script] of [
  ['zsh', zshCompletion(COMMANDS)],
  ['fish', fishCompletion(COMMANDS)],
] as const) {
  test(`${shell} accepts its script`, (context) => {
    const path = join(folder, `completion.${shell}`);
    writeFileSync(path, script);
    try {
      execFileSync(shell, [shell === 'zsh' ? '-n' : '--no-execute', path], { stdio: 'pipe' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      context.skip(`${shell} is not installed`);
    }
  });

  test(`the ${shell} script names every command and option`, () => {
    for (const command of COMMANDS) {
      assert.ok(script.includes(command.name));
      for (const option of command.options) assert.ok(script.includes(option.flag.slice(2)), option.flag);
    }
  });
}
