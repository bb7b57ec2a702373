import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNpy } from '../src/app/logic/npy.ts';
import { generateWaveform, parseWav, resample } from '../src/app/logic/wav.ts';

function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const prefix =
    version === 1
      ? [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8]
      : [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, text.length & 0xff, text.length >> 8, 0, 0];
  return Uint8Array.from([...prefix, ...text, ...data]);
}

const bytesOf = (values: Float32Array | Int16Array | BigInt64Array | Uint8Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

test('.npy in C order', () => {
  const array = parseNpy(
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6))),
  );
  assert.deepEqual(array, { dataType: 'FP32', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
});

test('.npy in Fortran order is turned', () => {
  const array = parseNpy(
    npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", bytesOf(Float32Array.of(1, 4, 2, 5, 3, 6))),
  );
  assert.deepEqual([...array.values], [1, 2, 3, 4, 5, 6]);
});

test('.npy of version 2, scalars, one dimension, booleans, big-endian', () => {
  assert.deepEqual(
    parseNpy(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", bytesOf(BigInt64Array.of(7n)), 2)).values,
    BigInt64Array.of(7n),
  );
  assert.deepEqual(
    parseNpy(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(1, 0))).values,
    Uint8Array.of(1, 0),
  );
  assert.deepEqual(
    parseNpy(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(0, 1, 1, 0))).values,
    Int16Array.of(1, 256),
  );
});

test('.npy that cannot be read says why', () => {
  assert.throws(() => parseNpy(new Uint8Array(20)), /not an \.npy file/);
  assert.throws(
    () => parseNpy(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(8))),
    /type <c8/,
  );
  assert.throws(
    () => parseNpy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }", new Uint8Array(8))),
    /data is 8 bytes, the header says 36/,
  );
  assert.throws(() => parseNpy(npy('{}', new Uint8Array(0))), /lacks descr/);
});

test('no bytes make the .npy or WAV reader fail in another way', () => {
  const magics = fc.constantFrom(
    [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0],
    [0x52, 0x49, 0x46, 0x46, 0, 0, 0, 0, 0x57, 0x41, 0x56, 0x45],
    [],
  );
  fc.assert(
    fc.property(magics, fc.uint8Array({ maxLength: 80 }), (magic, rest) => {
      for (const parse of [parseNpy, parseWav]) {
        try {
          parse(Uint8Array.from([...magic, ...rest]));
        } catch (error) {
          assert.ok(error instanceof SyntaxError || error instanceof RangeError, String(error));
        }
      }
    }),
  );
});

function wav(
  code: number,
  channels: number,
  bits: number,
  data: Uint8Array,
  extra: readonly number[] = [],
): Uint8Array {
  const out = new Uint8Array(44 + extra.length + data.length);
  const view = new DataView(out.buffer);
  const tag = (at: number, text: string): void => out.set(new TextEncoder().encode(text), at);
  tag(0, 'RIFF');
  tag(8, 'WAVE');
  tag(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint16(34, bits, true);
  out.set(extra, 36);
  tag(36 + extra.length, 'data');
  view.setUint32(40 + extra.length, data.length, true);
  out.set(data, 44 + extra.length);
  return out;
}

test('WAV of 16 bits, two channels averaged', () => {
  const audio = parseWav(wav(1, 2, 16, bytesOf(Int16Array.of(16_384, 0, -32_768, -32_768))));
  assert.deepEqual(audio, { sampleRate: 8000, channels: 2, samples: Float32Array.of(0.25, -1) });
});

test('WAV of 8 and 24 bits and floats, with a chunk in between', () => {
  assert.deepEqual([...parseWav(wav(1, 1, 8, Uint8Array.of(128, 0, 255))).samples], [0, -1, 127 / 128]);
  assert.deepEqual([...parseWav(wav(1, 1, 24, Uint8Array.of(0, 0, 0x80, 0, 0, 0x40))).samples], [-1, 0.5]);
  const list = [0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0];
  assert.deepEqual([...parseWav(wav(3, 1, 32, bytesOf(Float32Array.of(0.5, -0.25)), list)).samples], [0.5, -0.25]);
});

test('WAV that cannot be read says why', () => {
  assert.throws(() => parseWav(new Uint8Array(50)), /no RIFF\/WAVE header/);
  assert.throws(() => parseWav(wav(6, 1, 8, Uint8Array.of(1))), /encoding 6 with 8 bits/);
  assert.throws(() => parseWav(wav(1, 0, 16, Uint8Array.of(1, 2))), /0 channels/);
});

test('resampling keeps duration and level', () => {
  const constant = new Float32Array(480).fill(0.5);
  for (const rate of [8000, 16_000, 44_100]) {
    const out = resample(constant, 48_000, rate);
    assert.equal(out.length, Math.round((480 * rate) / 48_000));
    assert.ok(out.every((sample) => Math.abs(sample - 0.5) < 1e-6));
  }
  assert.deepEqual([...resample(Float32Array.of(0, 1), 1, 2)], [0, 0.5, 1, 1]);
});

test('test signals stay in range', () => {
  for (const kind of ['tone', 'chirp', 'noise', 'silence'] as const) {
    const samples = generateWaveform(kind, 1000, 16_000, () => 0.999);
    assert.equal(samples.length, 1000);
    assert.ok(
      samples.every((sample) => Math.abs(sample) <= 0.5),
      kind,
    );
  }
});
