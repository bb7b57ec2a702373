/** Sound as samples in -1…1, one channel. */
export interface Sound {
  readonly sampleRateHz: number;
  readonly samples: Float32Array;
}

/** Reads a WAV file of 16-bit PCM with one channel, which is what the example uses. */
export function readWav(file: Uint8Array): Sound {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tag = (offset: number): string => String.fromCharCode(...file.subarray(offset, offset + 4));
  if (file.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw new Error('not a WAV file');
  let sampleRateHz = 0;
  for (let offset = 12; offset + 8 <= file.length;) {
    const size = view.getUint32(offset + 4, true);
    const body = offset + 8;
    if (tag(offset) === 'fmt ') {
      const [format, channels, bits] = [
        view.getUint16(body, true),
        view.getUint16(body + 2, true),
        view.getUint16(body + 14, true),
      ];
      if (format !== 1 || channels !== 1 || bits !== 16) throw new Error('expected 16-bit PCM with one channel');
      sampleRateHz = view.getUint32(body + 4, true);
    } else if (tag(offset) === 'data') {
      const count = Math.floor(Math.min(size, file.length - body) / 2);
      return {
        sampleRateHz,
        samples: Float32Array.from({ length: count }, (_, i) => view.getInt16(body + 2 * i, true) / 32768),
      };
    }
    offset = body + size + (size % 2);
  }
  throw new Error('the WAV file has no data');
}
