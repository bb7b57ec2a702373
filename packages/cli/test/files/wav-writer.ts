/** A WAV file for tests; `sampleBytes` are the interleaved samples as the format has them. */
export function wavFile(
  format: { readonly code: number; readonly bits: number; readonly channels?: number; readonly rate?: number },
  sampleBytes: Uint8Array,
): Uint8Array {
  const { code, bits, channels = 1, rate = 16_000 } = format;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + sampleBytes.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(code, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36);
  header.writeUInt32LE(sampleBytes.byteLength, 40);
  return Buffer.concat([header, sampleBytes]);
}

/** 16-bit PCM, one channel. */
export function pcm16(samples: readonly number[], rate = 16_000): Uint8Array {
  return wavFile(
    { code: 1, bits: 16, rate },
    new Uint8Array(Int16Array.from(samples, (sample) => Math.round(sample * 32_767)).buffer),
  );
}
