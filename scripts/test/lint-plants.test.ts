/** Proves that each rule of the house fires: the linter must find exactly what was planted, and nothing else. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LINT_CONFIG_PATH, lintConfig, lintConfigText } from '../lint-config.ts';
import { ROOMS } from '../rooms.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PLANTED = join(import.meta.dirname, 'planted');
const house = mkdtempSync(join(tmpdir(), 'rangefinder-plants-'));
after(() => rmSync(house, { recursive: true, force: true }));

interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

test('the linter finds every planted violation and nothing else', async () => {
  const found = (await lint()).map((diagnostic) => {
    const rule = diagnostic.code.replace(/^.*\((.*)\)$/, '$1');
    return `${diagnostic.filename}:${diagnostic.labels[0]?.span.line} ${rule}`;
  });
  assert.deepEqual(found.sort(), plants().sort());
});

test('messages name the replacement', async () => {
  const said = (await lint()).map(({ message, help }) => `${message} ${help ?? ''}`).join('\n');
  for (const hint of ['`nowUs` as an argument', '`nextWakeUs`', 'Random of @rangefinder/base', 'Imports run inward']) {
    assert.ok(said.includes(hint), hint);
  }
});

test('.oxlintrc.json is what the table of rooms says', () => {
  assert.equal(readFileSync(LINT_CONFIG_PATH, 'utf8'), lintConfigText());
});

test('the manifest of each room depends on no more than the table allows', () => {
  const folders = globSync('packages/*/package.json', { cwd: ROOT }).map((path) => path.split(/[\\/]/)[1] ?? '');
  assert.deepEqual(folders.sort(), ROOMS.map((room) => room.name).sort());
  for (const room of ROOMS) {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', room.name, 'package.json'), 'utf8')) as {
      name: string;
      dependencies?: Record<string, string>;
    };
    assert.equal(manifest.name, `@rangefinder/${room.name}`);
    const rooms = Object.keys(manifest.dependencies ?? {}).flatMap(
      (name) => /^@rangefinder\/(.*)$/.exec(name)?.[1] ?? [],
    );
    assert.deepEqual(
      rooms.filter((name) => !room.imports.includes(name)),
      [],
      `packages/${room.name}/package.json`,
    );
  }
});

/** `file:line rule` for each rule named in a `// plant:` comment. */
function plants(): string[] {
  return globSync('packages/**/*.ts', { cwd: PLANTED }).flatMap((file) =>
    readFileSync(join(PLANTED, file), 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        (/\/\/ plant: (.*)$/.exec(line)?.[1] ?? '')
          .split(' ')
          .filter((rule) => rule !== '')
          .map((rule) => `${file}:${i + 1} ${rule}`),
      ),
  );
}

/** Runs the real configuration over a house that holds only the planted files. */
async function lint(): Promise<readonly Diagnostic[]> {
  cpSync(PLANTED, house, { recursive: true });
  writeFileSync(join(house, '.oxlintrc.json'), JSON.stringify({ ...lintConfig(), ignorePatterns: [] }));
  cpSync(join(ROOT, 'tsconfig.json'), join(house, 'tsconfig.json'));
  rmSync(join(house, 'node_modules'), { force: true });
  symlinkSync(join(ROOT, 'node_modules'), join(house, 'node_modules'), 'junction');
  const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [oxlint, '-f', 'json', 'packages'],
      { cwd: house, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (stdout.startsWith('{')) resolve(stdout);
        else reject(error ?? new Error(stderr || stdout));
      },
    );
  });
  return (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
}
