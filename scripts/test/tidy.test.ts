/** The repository is tidy, and the checks that say so can tell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tidy } from '../tidy.ts';
import { checkLicence } from '../tidy/licences.ts';
import { checkText } from '../tidy/text-checks.ts';

test('the repository is tidy', () => {
  const errors = tidy().filter((finding) => finding.severity === 'error');
  assert.deepEqual(
    errors.map(({ where, problem }) => `${where}: ${problem}`),
    [],
  );
});

for (const [what, line, expected] of [
  ['a registry host', 'see https://registry.npmjs.org/x', /host of a package registry/],
  ['a home folder', `const path = '/home/ada/model.onnx';`, /path of one machine/],
  ['the root folder', `const path = '/root/model.onnx';`, /path of one machine/],
  ['a note to self', '// TODO: later', /note to self/],
  ['an import that climbs out', `import { a } from '../../tensor/src/shape.ts';`, /lies outside packages\/server/],
] as const) {
  test(`a planted violation is found: ${what}`, () => {
    const findings = checkText('packages/server/src/planted.ts', `${line}\n`);
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.problem ?? '', expected);
  });
}

test('long files are warned of, and longer ones refused', () => {
  const severities = [400, 401, 601].map((lines) => checkText('scripts/x.ts', 'x\n'.repeat(lines))[0]?.severity);
  assert.deepEqual(severities, [undefined, 'warning', 'error']);
});

test('licences: permissive ones pass, others do not', () => {
  const passes = (license?: string): boolean =>
    checkLicence('x', license === undefined ? {} : { license }).length === 0;
  assert.deepEqual(
    ['MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT', 'MIT AND GPL-3.0', 'GPL-3.0', undefined].map(passes),
    [true, true, true, false, false, false],
  );
});
