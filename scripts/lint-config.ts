/**
 * Writes `.oxlintrc.json` from the table of rooms: `node scripts/lint-config.ts --write`. A test compares the two.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BASE_RULES, TEST_RULES, TOOL_RULES } from './lint/rules.ts';
import { frontEndPatterns, importRule, purityRules } from './lint/room-rules.ts';
import { FRONT_ENDS, PORT_IMPLEMENTATIONS, ROOMS, TEST_IMPORTS } from './rooms.ts';

export const LINT_CONFIG_PATH = join(import.meta.dirname, '..', '.oxlintrc.json');

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

export function lintConfig(): object {
  return {
    $schema: './node_modules/oxlint/configuration_schema.json',
    plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
    categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
    env: { node: true, es2024: true },
    options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
    ignorePatterns: ['**/dist/**', '**/node_modules/**', '**/src/gen/**', '.cache/**', 'scripts/test/planted/**'],
    rules: BASE_RULES,
    overrides: [...roomOverrides(), ...frontEndOverrides(), ...edgeOverrides()],
  };
}

function roomOverrides(): Override[] {
  return ROOMS.flatMap((room) => [
    {
      files: [`packages/${room.name}/src/**`],
      rules: { 'no-restricted-imports': importRule(room, []), ...purityRules(room.purity) },
    },
    {
      files: [`packages/${room.name}/test/**`],
      rules: { 'no-restricted-imports': importRule(room, TEST_IMPORTS) },
    },
  ]);
}

function frontEndOverrides(): Override[] {
  const server = ROOMS.find(({ name }) => name === 'server');
  if (server === undefined) throw new Error('there is no room named server');
  return FRONT_ENDS.map((own) => ({
    files: [`packages/server/src/${own}/**`],
    rules: { 'no-restricted-imports': importRule(server, [], frontEndPatterns(own)) },
  }));
}

function edgeOverrides(): Override[] {
  return [
    { files: PORT_IMPLEMENTATIONS, rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' } },
    {
      files: ['packages/*/test/**', 'packages/testing/**', '*/test/**', 'conformance/**', 'bench/**'],
      rules: TEST_RULES,
    },
    // Plain JavaScript: nothing tells the linter what is an Error.
    { files: ['**/*.mjs'], rules: { 'typescript/prefer-promise-reject-errors': 'off' } },
    { files: ['scripts/**', 'examples/**', 'bench/**', 'conformance/**', 'packages/cli/**'], rules: TOOL_RULES },
  ];
}

export function lintConfigText(): string {
  return `${JSON.stringify(lintConfig(), null, 2)}\n`;
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(LINT_CONFIG_PATH, lintConfigText());
  else if (readFileSync(LINT_CONFIG_PATH, 'utf8') !== lintConfigText()) {
    console.error('.oxlintrc.json is stale; write it with: npm run lint-config');
    process.exitCode = 1;
  }
}
