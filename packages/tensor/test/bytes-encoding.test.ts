import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import {
  bytesRowOffsets,
  countBytesElements,
  decodeBytesElements,
  decodeStringElements,
  encodeBytesElements,
  encodeStringElements,
  sliceBytesElements,
  validateBytesElements,
} from '@rangefinder/tensor';

const elements = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

test('elements survive encoding and decoding, at any alignment', () => {
  fc.assert(
    fc.property(elements, fc.nat({ max: 7 }), (given, shift) => {
      const encoded = encodeBytesElements(given);
      const body = new Uint8Array(encoded.length + shift);
      body.set(encoded, shift);
      const view = body.subarray(shift);
      assert.deepEqual(
        decodeBytesElements(view, given.length),
        given.map((one) => new Uint8Array(one)),
      );
      assert.equal(countBytesElements(view), given.length);
    }),
  );
});

test('the encoding is a little-endian length and the bytes', () => {
  assert.deepEqual([...encodeStringElements(['ab', ''])], [2, 0, 0, 0, 0x61, 0x62, 0, 0, 0, 0]);
  assert.deepEqual(decodeStringElements(encodeStringElements(['é', '\ufeffx']), 2), ['é', '\ufeffx']);
});

test('row offsets and slices agree with slicing the elements', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.uint8Array({ maxLength: 9 })),
      (rows, width, stream) => {
        const given = [...stream.take(rows * width)];
        const encoded = encodeBytesElements(given);
        const offsets = bytesRowOffsets(encoded, rows * width, width);
        assert.equal(offsets.length, rows + 1);
        for (let row = 0; row < rows; row++) {
          const expected = encodeBytesElements(given.slice(row * width, (row + 1) * width));
          assert.deepEqual(encoded.subarray(offsets[row], offsets[row + 1]), expected);
          assert.deepEqual(sliceBytesElements(encoded, row * width, width), expected);
        }
      },
    ),
  );
});

test('whatever the bytes and the count, decoding succeeds exactly or says INVALID_ARGUMENT', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 2 ** 31 }), (bytes, count) => {
      const attempt = (run: () => unknown): boolean => {
        try {
          run();
          return true;
        } catch (error) {
          assert.ok(error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT', String(error));
          return false;
        }
      };
      const valid = attempt(() => validateBytesElements(bytes, count));
      assert.equal(
        attempt(() => decodeBytesElements(bytes, count)),
        valid,
      );
      assert.equal(
        attempt(() => bytesRowOffsets(bytes, count, 1)),
        valid,
      );
      attempt(() => countBytesElements(bytes));
    }),
  );
});

test('errors say which element and where', () => {
  const broken = Uint8Array.of(1, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff);
  assert.throws(
    () => decodeBytesElements(broken, 2, "inputs[0] 'x'"),
    /inputs\[0\] 'x': element 1 at byte 5 says it is 4294967295 bytes long, but 0 are left/,
  );
  assert.throws(() => validateBytesElements(new Uint8Array(5), 1), /1 bytes are left over after 1 elements/);
  assert.throws(() => validateBytesElements(new Uint8Array(5), 2 ** 30), /5 bytes are too few for 1073741824 elements/);
  assert.throws(() => bytesRowOffsets(new Uint8Array(12), 3, 2), /3 elements are not a whole number of rows of 2/);
});
