import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelConfigReference } from '@rangefinder/repository';

const PATH = join(import.meta.dirname, '../../../docs/model-configuration.md');

test('docs/model-configuration.md is what the schema says', async () => {
  if (process.env['UPDATE_REFERENCE'] === '1') await writeFile(PATH, modelConfigReference());
  assert.equal(await readFile(PATH, 'utf8'), modelConfigReference());
});
