import assert from 'node:assert/strict';
import { test } from 'node:test';
import { residentBytesAfterCycles } from './load-cycles.ts';

test('resident memory after 50 cycles of a 100 MB model is within 20% of that after the third', async (context) => {
  const resident = await residentBytesAfterCycles(100, 50);
  const third = resident[2] ?? NaN;
  const last = resident.at(-1) ?? NaN;
  context.diagnostic(`after 3: ${Math.round(third / 1e6)} MB, after 50: ${Math.round(last / 1e6)} MB`);
  assert.ok(last <= 1.2 * third, `${last} bytes after ${resident.length} cycles, ${third} after the third`);
});
