import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { requestCoding, responseCoding } from '../src/http/content-coding.ts';

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
