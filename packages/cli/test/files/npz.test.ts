import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { readNpz, writeNpz } from '../../src/files/npz.ts';
import { readZip } from '../../src/files/zip-reader.ts';
import { writeZip } from '../../src/files/zip-writer.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}.npz`, import.meta.url));
const LIMITS = { entries: 16, totalBytes: 1_000_000 };

test('reads what NumPy stored and what it compressed', () => {
  const stored = readNpz(fixture('stored'), 'f');
  assert.deepEqual(Array.from(stored.keys()), ['x', 'y']);
  assert.deepEqual(stored.get('x')?.shape, [2, 3]);
  const deflated = readNpz(fixture('deflated'), 'f');
  assert.equal(deflated.get('x')?.bytes.byteLength, 4000);
  assert.equal(deflated.get('name')?.dataType, 'BYTES');
});

test('writing and reading again gives the same files', () => {
  const contents = fc.uniqueArray(
    fc.record({
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      bytes: fc.uint8Array({ maxLength: 64 }),
    }),
    { selector: (content) => content.name, maxLength: 5 },
  );
  fc.assert(
    fc.property(contents, (files) => {
      const entries = readZip(writeZip(files), LIMITS, 'f');
      assert.deepEqual(
        entries.map((entry) => ({ name: entry.name, bytes: Buffer.from(entry.read()) })),
        files.map((content) => ({ name: content.name, bytes: Buffer.from(content.bytes) })),
      );
    }),
  );
});

test('any change to an archive gives arrays or an INVALID_ARGUMENT, nothing else', () => {
  const sources = [fixture('stored'), fixture('deflated')];
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      fc.nat(),
      (source, edits, cut) => {
        const bytes = Uint8Array.from(source.subarray(0, source.byteLength - (cut % 3) * (cut % 50)));
        for (const [at, value] of edits) bytes[at % bytes.byteLength] = value;
        try {
          readNpz(bytes, 'f');
        } catch (error) {
          assert.ok(
            error instanceof RangefinderError &&
              (error.code === 'INVALID_ARGUMENT' || error.code === 'PAYLOAD_TOO_LARGE'),
            String(error),
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('damage is found by the checksum', () => {
  const archive = writeNpz(new Map([['x', { dataType: 'UINT8', shape: [4], bytes: Uint8Array.of(1, 2, 3, 4) }]]));
  const at = Buffer.from(archive).indexOf(Buffer.of(1, 2, 3, 4));
  archive[at] = 9;
  assert.throws(() => readNpz(archive, 'f'), /f\[x\.npy\]: damaged/);
});

test('an archive that promises little and holds much is stopped at what it promises', () => {
  const archive = Buffer.from(fixture('deflated'));
  const directory = archive.indexOf(Buffer.of(0x50, 0x4b, 1, 2));
  archive.writeUInt32LE(10, directory + 24);
  assert.throws(() => readNpz(archive, 'f'), /damaged, or larger than the archive promises/);
});

test('limits on number and size hold before anything is decompressed', () => {
  assert.throws(
    () => readZip(fixture('stored'), { entries: 1, totalBytes: 1_000_000 }, 'f'),
    /2 files in the archive; at most 1/,
  );
  assert.throws(() => readZip(fixture('deflated'), { entries: 9, totalBytes: 100 }, 'f'), /more than 100 bytes/);
});

test('an archive without arrays is refused, by name', () => {
  assert.throws(
    () => readNpz(writeZip([{ name: 'readme.txt', bytes: new Uint8Array(1) }]), 'f.npz'),
    /f\.npz: holds no arrays/,
  );
  assert.throws(() => readNpz(Uint8Array.of(1, 2, 3), 'f.npz'), /not a ZIP archive/);
});
