import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from '@rangefinder/tensor';

const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;
const fromBits = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

/** DataView's own FP16 is the oracle. */
function nativeHalf(value: number): number {
  const view = new DataView(new ArrayBuffer(2));
  (view as unknown as { setFloat16(offset: number, value: number): void }).setFloat16(0, value);
  return view.getUint16(0);
}

test('every FP16 pattern widens as the runtime does, and narrows back to itself', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const wide = float16ToFloat32(all);
  const view = new DataView(all.buffer) as unknown as { getFloat16(offset: number, little: boolean): number };
  for (let i = 0; i < 65536; i++) assert.ok(Object.is(wide[i], view.getFloat16(i * 2, true)), `pattern ${i}`);
  const narrow = float32ToFloat16(wide);
  for (let i = 0; i < 65536; i++) {
    const isNaN = (i & 0x7fff) > 0x7c00;
    assert.equal(narrow[i], isNaN ? i | 0x200 : i);
  }
});

test('FP32 narrows to FP16 as the runtime does: ties to even, subnormals, overflow', () => {
  const check = (value: number): void => {
    const single = Math.fround(value);
    const [half] = float32ToFloat16(Float32Array.of(single));
    if (Number.isNaN(single)) assert.ok((half! & 0x7fff) > 0x7c00);
    else assert.equal(half, nativeHalf(single), `${single}`);
  };
  fc.assert(fc.property(fc.float(), check), { numRuns: 5000 });
  fc.assert(fc.property(fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4) }), check), { numRuns: 5000 });
  // Every midpoint between neighbours, and one step to each side of it.
  for (let half = 0; half < 0x7c00; half++) {
    const [low, high] = float16ToFloat32(Uint16Array.of(half, half + 1));
    const middle = bitsOf(high === Infinity ? 65520 : (low! + high!) / 2);
    for (const bits of [middle - 1, middle, middle + 1]) check(fromBits(bits));
  }
});

test('BF16 keeps the upper half and rounds to nearest even', () => {
  const cases: readonly [number, number][] = [
    [0x3f80_0000, 0x3f80],
    [0x3f80_8000, 0x3f80],
    [0x3f81_8000, 0x3f82],
    [0x3f80_8001, 0x3f81],
    [0x7f7f_ffff, 0x7f80],
    [0xff80_0000, 0xff80],
    [0x8000_0000, 0x8000],
    [0x0000_8000, 0x0000],
    [0x0001_8000, 0x0002],
    [0x7f80_0001, 0x7fc0],
  ];
  for (const [bits, expected] of cases) {
    const source = new Float32Array(1);
    new Uint32Array(source.buffer)[0] = bits;
    assert.equal(float32ToBfloat16(source)[0], expected, bits.toString(16));
  }
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const [rounded] = bfloat16ToFloat32(float32ToBfloat16(Float32Array.of(value)));
      const bits = bitsOf(value);
      const [below, above] = [fromBits((bits & 0xffff_0000) >>> 0), fromBits(((bits & 0xffff_0000) + 0x1_0000) >>> 0)];
      assert.ok(rounded === below || rounded === above);
      if (Number.isFinite(above)) assert.ok(Math.abs(rounded - value) <= Math.abs(above - below) / 2);
    }),
    { numRuns: 2000 },
  );
});
