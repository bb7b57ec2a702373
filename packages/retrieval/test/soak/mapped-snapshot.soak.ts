import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CYCLES = Number(process.env['MAPPING_CYCLES'] ?? 100);

for (const seed of [1, 2]) {
  test(
    `a process survives ${CYCLES} mapped indexes that are searched, changed, grown and closed at any moment, seed ${seed}`,
    { skip: process.platform !== 'linux' && 'files are mapped on Linux only' },
    async () => {
      const script = fileURLToPath(new URL('./mapping-cycles.ts', import.meta.url));
      const { stdout } = await run(process.execPath, ['--expose-gc', script, String(CYCLES), String(seed)]);
      assert.equal(stdout.trim(), '0', 'mappings of closed indexes that are left');
    },
  );
}
