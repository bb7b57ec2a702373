import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { readWav } from '../../src/files/wav.ts';
import { wavFile } from './wav-writer.ts';

const FORMATS: readonly [what: string, code: number, bits: number, bytes: Uint8Array][] = [
  ['8-bit PCM', 1, 8, Uint8Array.of(0, 128, 192)],
  ['16-bit PCM', 1, 16, new Uint8Array(Int16Array.of(-32_768, 0, 16_384).buffer)],
  ['24-bit PCM', 1, 24, Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0x40)],
  ['32-bit PCM', 1, 32, new Uint8Array(Int32Array.of(-(2 ** 31), 0, 2 ** 30).buffer)],
  ['32-bit float', 3, 32, new Uint8Array(Float32Array.of(-1, 0, 0.5).buffer)],
  ['64-bit float', 3, 64, new Uint8Array(Float64Array.of(-1, 0, 0.5).buffer)],
];

for (const [what, code, bits, bytes] of FORMATS) {
  test(`reads ${what} at full scale -1 to 1`, () => {
    const sound = readWav(wavFile({ code, bits, rate: 8000 }, bytes), 'f');
    assert.deepEqual(Array.from(sound.samples), [-1, 0, 0.5]);
    assert.equal(sound.sampleRateHz, 8000);
  });
}

test('passes over other chunks, odd lengths included, and takes an open end for the end of the file', () => {
  const plain = Buffer.from(wavFile({ code: 1, bits: 8 }, Uint8Array.of(128, 0)));
  const extra = Buffer.from([...Buffer.from('LIST'), 3, 0, 0, 0, 1, 2, 3, 0]);
  const file = Buffer.concat([plain.subarray(0, 36), extra, plain.subarray(36)]);
  file.writeUInt32LE(0xffffffff, file.byteLength - 6);
  assert.deepEqual(Array.from(readWav(file, 'f').samples), [0, -1]);
});

test('looks into the extensible format for the real one', () => {
  const plain = Buffer.from(wavFile({ code: 0xfffe, bits: 32 }, new Uint8Array(Float32Array.of(0.25).buffer)));
  const extension = Buffer.alloc(24);
  extension.writeUInt16LE(22, 0);
  extension.writeUInt16LE(3, 8);
  const file = Buffer.concat([plain.subarray(0, 36), extension, plain.subarray(36)]);
  file.writeUInt32LE(40, 16);
  assert.deepEqual(Array.from(readWav(file, 'f').samples), [0.25]);
});

const BROKEN: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
  ['not RIFF', Buffer.from('RIFX0000WAVEfmt '), /f: not a WAV file/],
  ['no data', wavFile({ code: 1, bits: 16 }, new Uint8Array(2)).subarray(0, 36), /no sound/],
  ['compressed', wavFile({ code: 17, bits: 4 }, new Uint8Array(2)), /WAV format 17 with 4 bits/],
  ['no channels', wavFile({ code: 1, bits: 16, channels: 0 }, new Uint8Array(2)), /0 channels/],
  ['cut short', wavFile({ code: 1, bits: 16 }, new Uint8Array(20)).subarray(0, 50), /cut short: 20 bytes/],
];

for (const [what, bytes, message] of BROKEN) {
  test(`refuses a broken file: ${what}`, () => {
    assert.throws(
      () => readWav(bytes, 'f'),
      (error) => error instanceof RangefinderError && message.test(error.message),
    );
  });
}

test('any bytes give a sound or an INVALID_ARGUMENT, nothing else', () => {
  const source = wavFile({ code: 1, bits: 16, channels: 2 }, new Uint8Array(16));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.nat(60), (edits, length) => {
      const bytes = Uint8Array.from(source.subarray(0, length));
      for (const [at, value] of edits) bytes[at % Math.max(1, length)] = value;
      try {
        readWav(bytes, 'f');
      } catch (error) {
        assert.ok(error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT', String(error));
      }
    }),
    { numRuns: 500 },
  );
});
