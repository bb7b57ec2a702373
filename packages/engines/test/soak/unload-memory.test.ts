import assert from 'node:assert/strict';
import { test } from 'node:test';
import { residentBytesAfterCycles } from './load-cycles.ts';

const MEGABYTES = 20;

test('unloading a 20 MB model gives its memory back', async () => {
  const resident = await residentBytesAfterCycles(MEGABYTES, 12);
  const third = resident[2] ?? NaN;
  // A leak grows by the model at every cycle; what garbage a single cycle leaves behind for a moment does not.
  const last = Math.min(...resident.slice(-3));
  assert.ok(last <= third + MEGABYTES * 1e6, `${last} bytes after ${resident.length} cycles, ${third} after the third`);
});
