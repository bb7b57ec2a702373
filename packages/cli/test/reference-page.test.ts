import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS } from '../src/command-table.ts';
import { referencePage } from '../src/reference-page.ts';

test('docs/cli.md is what the command table says', () => {
  const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  assert.equal(page, referencePage(), 'run: npm run --silent rangefinder -- completion reference > docs/cli.md');
});

test('no two options of a command share a flag, and no two commands a name', () => {
  const names = COMMANDS.map((command) => command.name);
  assert.equal(new Set(names).size, names.length);
  for (const command of COMMANDS) {
    const flags = command.options.flatMap((option) =>
      option.short === undefined ? [option.flag] : [option.flag, option.short],
    );
    assert.equal(new Set(flags).size, flags.length, command.name);
  }
});

test('every command that reads options takes --json and --verbose', () => {
  for (const command of COMMANDS.filter((candidate) => candidate.passThrough !== true)) {
    const flags = new Set(command.options.map((option) => option.flag));
    assert.ok(flags.has('--json') && flags.has('--verbose'), command.name);
  }
});
