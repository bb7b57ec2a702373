import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { elementCount, fillElements, paddedBatchShape, readUnpadded, writePadded } from '@rangefinder/tensor';

/** Multi-index of a flat element number. */
function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let d = shape.length - 1, rest = flat; d >= 0; d--) {
    index.unshift(rest % shape[d]!);
    rest = Math.floor(rest / shape[d]!);
  }
  return index;
}

function flatOf(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((flat, i, d) => flat * shape[d]! + i, 0);
}

const raggedBatch = fc.integer({ min: 1, max: 4 }).chain((rank) =>
  fc.record({
    shapes: fc.array(fc.array(fc.nat({ max: 4 }), { minLength: rank, maxLength: rank }), {
      minLength: 1,
      maxLength: 4,
    }),
    elementBytes: fc.constantFrom(1, 2, 4, 8),
    uniformFill: fc.boolean(),
  }),
);

test('padding places each element where a naive model does, fills the rest, and comes back', () => {
  fc.assert(
    fc.property(raggedBatch, ({ shapes, elementBytes, uniformFill }) => {
      const targetShape = paddedBatchShape(shapes);
      const fill = Uint8Array.from({ length: elementBytes }, (_, i) => (uniformFill ? 7 : 200 + i));
      const target = new Uint8Array(elementCount(targetShape) * elementBytes).fill(99);
      let rowStart = 0;
      for (const shape of shapes) {
        const bytes = Uint8Array.from({ length: elementCount(shape) * elementBytes }, (_, i) => i % 97);
        const before = target.slice();
        writePadded(target, targetShape, rowStart, { shape, bytes }, elementBytes, fill);
        const expected = before;
        for (let flat = 0; flat < elementCount(targetShape); flat++) {
          const index = indexOf(flat, targetShape);
          const local = [index[0]! - rowStart, ...index.slice(1)];
          if (local[0]! < 0 || local[0]! >= shape[0]!) continue;
          const inside = local.every((i, d) => i < shape[d]!);
          const from = inside ? flatOf(local, shape) * elementBytes : 0;
          expected.set(inside ? bytes.subarray(from, from + elementBytes) : fill, flat * elementBytes);
        }
        assert.deepEqual(target, expected);
        assert.deepEqual(readUnpadded(target, targetShape, rowStart, shape, elementBytes), bytes);
        rowStart += shape[0]!;
      }
    }),
    { numRuns: 300 },
  );
});

test('runs longer than the short-copy limit take the bulk path', () => {
  const bytes = Uint8Array.from({ length: 2 * 100 }, (_, i) => i % 251);
  const target = new Uint8Array(2 * 128);
  writePadded(target, [2, 128], 0, { shape: [2, 100], bytes }, 1, Uint8Array.of(0xee));
  assert.deepEqual(target.subarray(128, 228), bytes.subarray(100));
  assert.ok(target.subarray(228).every((byte) => byte === 0xee));
  assert.deepEqual(readUnpadded(target, [2, 128], 0, [2, 100], 1), bytes);
});

test('what does not fit is refused before anything is written', () => {
  const target = new Uint8Array(12);
  const write = (shape: number[], rowStart: number, byteLength: number, fill = 1): void =>
    writePadded(
      target,
      [3, 4],
      rowStart,
      { shape, bytes: new Uint8Array(byteLength).fill(1) },
      1,
      new Uint8Array(fill),
    );
  assert.throws(() => write([1, 5], 0, 5), /\[1,5\] at row 0 does not fit into \[3,4\]/);
  assert.throws(() => write([2, 4], 2, 8), /at row 2 does not fit/);
  assert.throws(() => write([2], 0, 2), /does not fit/);
  assert.throws(() => write([1, 4], 0, 3), /part: has 3 bytes/);
  assert.throws(() => write([1, 4], 0, 4, 2), /fill: is 2 bytes/);
  assert.throws(() => readUnpadded(new Uint8Array(11), [3, 4], 0, [1, 1], 1), /takes 12 bytes, but there are 11/);
  assert.ok(target.every((byte) => byte === 0));
});

test('filling repeats the whole element', () => {
  const target = new Uint8Array(14);
  fillElements(target, 1, 13, Uint8Array.of(1, 2, 3));
  assert.deepEqual([...target], [0, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 0]);
});
