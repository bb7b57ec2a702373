import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { compress, requestCoding, responseCoding } from '../src/http/content-coding.ts';

test('the answer takes the coding that the client likes best of those that are understood', () => {
  const cases: Record<string, string> = {
    '': 'identity',
    identity: 'identity',
    gzip: 'gzip',
    deflate: 'deflate',
    'gzip, deflate': 'gzip',
    'deflate, gzip': 'gzip',
    'gzip;q=0.2, deflate;q=0.8': 'deflate',
    'gzip;q=0': 'identity',
    'gzip;q=0, *': 'deflate',
    '*': 'gzip',
    '*;q=0': 'identity',
    'br, zstd': 'identity',
    'GZIP ; Q=1': 'gzip',
    'x-gzip': 'gzip',
    'gzip;q=nonsense': 'identity',
  };
  for (const [header, coding] of Object.entries(cases)) assert.equal(responseCoding(header), coding, header);
  assert.equal(responseCoding(undefined), 'identity');
});

test('no header makes them throw anything but UNSUPPORTED', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      responseCoding(header);
      try {
        requestCoding(header);
      } catch (thrown) {
        assert.ok(thrown instanceof RangefinderError && thrown.code === 'UNSUPPORTED');
      }
    }),
  );
});

test('a body in many parts is compressed in order, in pieces that are never joined', async () => {
  const parts = Array.from({ length: 300 }, (_, part) => Buffer.alloc(10_000 + part, String(part)));
  for (const [coding, undo] of [
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ] as const) {
    const pieces = await compress(coding, parts);
    assert.deepEqual(undo(Buffer.concat(pieces)), Buffer.concat(parts));
  }
  const noise = Uint8Array.from({ length: 400_000 }, () => Math.floor(Math.random() * 256));
  const pieces = await compress('gzip', [noise]);
  assert.ok(pieces.every(({ length }) => length <= 64 * 1024));
  assert.deepEqual(new Uint8Array(gunzipSync(Buffer.concat(pieces))), noise);
});
