import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesOf, type Tensor } from '@rangefinder/tensor';
import { Cancellation } from '../src/funnel/cancellation.ts';
import { NumberSet } from '../src/funnel/number-set.ts';
import { RequestMemories, RequestMemory } from '../src/funnel/request-memory.ts';
import { RowCost } from '../src/funnel/row-cost.ts';
import { fillInput } from '../src/funnel/tensor-filling.ts';
import { broadcast, numberColumn, type Values } from '../src/funnel/values.ts';

const finite = fc.float({ noNaN: true });

/** Values of `rows` candidates in one of the ways in which they come, and the same candidate by candidate. */
function partOf(rows: number): fc.Arbitrary<{ values: Values; expected: number[][] }> {
  const width = fc.integer({ min: 1, max: 20 });
  const repeated = width.chain((count) =>
    fc.array(finite, { minLength: count, maxLength: count }).map((numbers) => ({
      values: broadcast('FP32', count, bytesOf(Float32Array.from(numbers))),
      expected: Array.from({ length: rows }, () => numbers),
    })),
  );
  const numbers = fc.array(finite, { minLength: rows, maxLength: rows }).map((column) => ({
    values: numberColumn(Float64Array.from(column)),
    expected: column.map((value) => [value]),
  }));
  const strip = fc
    .tuple(width, fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.integer({ min: 1, max: 5 }))
    .chain(([count, before, after, stored]) =>
      fc
        .tuple(
          fc.array(finite, {
            minLength: stored * (before + count + after),
            maxLength: stored * (before + count + after),
          }),
          // One row more than there are: zeros.
          fc.array(fc.nat({ max: stored }), { minLength: rows, maxLength: rows }),
        )
        .map(([table, rowOf]) => {
          const stride = before + count + after;
          const floats = Float32Array.from(table);
          const expected = rowOf.map((row) =>
            Array.from({ length: count }, (_, j) => (row === stored ? 0 : floats[row * stride + before + j]!)),
          );
          return {
            values: {
              dataType: 'FP32' as const,
              width: count,
              bytes: bytesOf(Float32Array.from(expected.flat())),
              rowOf: undefined,
              broadcast: false,
              strip: {
                words: new Uint32Array(floats.buffer),
                strideWords: stride,
                offsetWords: before,
                rowOf: Uint32Array.from(rowOf),
              },
            },
            expected,
          };
        }),
    );
  return fc.oneof(repeated, numbers, strip);
}

const input = fc
  .integer({ min: 1, max: 9 })
  .chain((rows) => fc.tuple(fc.constant(rows), fc.array(partOf(rows), { minLength: 1, maxLength: 5 })));

describe('a model input', () => {
  it('has the values of all places side by side, whole and in chunks, at any alignment', () => {
    fc.assert(
      fc.property(input, fc.nat(), fc.nat(), fc.nat({ max: 3 }), ([rows, parts], a, b, shift) => {
        const width = parts.reduce((sum, { values }) => sum + values.width, 0);
        const expected = Array.from({ length: rows }, (_, row) => parts.flatMap((part) => part.expected[row]!));
        const layout = { name: 'X', dataType: 'FP32' as const, shape: [width], width };
        const filled = fillInput(
          layout,
          parts.map(({ values }) => values),
          rows,
        );
        const from = a % rows;
        const to = from + 1 + (b % (rows - from));
        const tensor: Tensor = filled.slice(from, to);
        assert.deepEqual(tensor.shape, [to - from, width]);
        const laidOut = new Uint8Array(Float32Array.from(expected.slice(from, to).flat()).buffer);
        assert.deepEqual(new Uint8Array(tensor.bytes), laidOut);
        const slot = new Uint8Array(laidOut.length + shift).fill(0xff).subarray(shift);
        const again = filled.slice(from, to);
        if ('writeTo' in again) (again as unknown as { writeTo(target: Uint8Array): void }).writeTo(slot);
        else slot.set(again.bytes);
        assert.deepEqual(new Uint8Array(slot), laidOut);
      }),
    );
  });
});

describe('NumberSet', () => {
  it('is a set, whatever the numbers', () => {
    const number = fc.oneof(fc.nat({ max: 20 }), fc.integer({ min: 0, max: 0xffff_fffe }));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 200 }), (numbers) => {
        const set = new NumberSet(numbers.length, new RequestMemory());
        const model = new Set<number>();
        for (const one of numbers) {
          assert.equal(set.add(one), !model.has(one));
          model.add(one);
        }
        assert.equal(set.add(0xffff_ffff), false);
      }),
    );
  });
});

describe('RequestMemory', () => {
  it('gives arrays that do not overlap, and new ones past its end', () => {
    const memory = new RequestMemory();
    for (let round = 0; round < 3; round++) {
      const arrays = [
        memory.bytes(3),
        memory.doubles(5),
        memory.numbers(40_000),
        memory.floats(7),
        memory.numbers(9),
        memory.bytes(0),
      ];
      arrays.forEach((array, i) => array.fill(i + 1));
      arrays.forEach((array, i) => assert.ok(array.every((value) => value === i + 1)));
      memory.reset(1 << 20);
    }
  });

  it('is used again once it was given back, and not before', () => {
    const memories = new RequestMemories({ memories: 1, bytes: 1 << 20 });
    const [a, b] = [memories.take(), memories.take()];
    assert.notEqual(a, b);
    memories.giveBack(a);
    memories.giveBack(b);
    assert.equal(memories.take(), a);
    assert.notEqual(memories.take(), b);
  });
});

describe('Cancellation', () => {
  it('tells who listens once, and the AbortSignal whenever that was asked for', () => {
    const heard: string[] = [];
    const cancellation = new Cancellation();
    const gone = (): void => void heard.push('gone');
    cancellation.add(gone);
    cancellation.remove(gone);
    cancellation.add(() => heard.push('a'));
    const { signal } = cancellation;
    assert.equal(signal.aborted, false);
    cancellation.abort('why');
    cancellation.abort('again');
    assert.deepEqual(heard, ['a']);
    assert.deepEqual([cancellation.aborted, signal.aborted, signal.reason], [true, true, 'why']);
    const late = new Cancellation();
    late.abort('early');
    assert.equal(late.signal.reason, 'early');
  });
});

describe('RowCost', () => {
  it('is the 95th percentile of the recent runs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 64 }), (costs) => {
        const cost = new RowCost(1_000);
        cost.add(1, 1e9, 0);
        for (const one of costs.slice(0, 63)) cost.add(1, one, 5_000);
        const sorted = costs.slice(0, 63).toSorted((a, b) => a - b);
        assert.equal(cost.p95(5_500), sorted[Math.ceil(sorted.length * 0.95) - 1]);
        assert.equal(cost.p95(7_000), 0);
      }),
    );
  });
});
