import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { KERNEL_SOURCE_SHA256 } from '../src/embedded/kernel-binary.ts';

describe('the compiled search kernel', () => {
  it('was made from the sources beside it', async () => {
    const folder = new URL('../kernel/', import.meta.url);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.as')).sort();
    const hash = createHash('sha256');
    for (const name of names) hash.update(await readFile(new URL(name, folder)));
    assert.equal(hash.digest('hex'), KERNEL_SOURCE_SHA256, 'run kernel/build.mjs');
  });
});
