import { BACKSLASH, QUOTE } from './characters.ts';
import type { Slices } from './slices.ts';
import { SLICE_BYTES } from './slices.ts';
import { utf8SequenceLength } from './string.ts';
import type { JsonWriter } from './writer.ts';

const SHORT_STRING_BYTES = 64;

/** Bytes [start, end) if they are short and ASCII without need of escapes; false for others, and nothing is written. */
export function writeShortUtf8String(writer: JsonWriter, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length > SHORT_STRING_BYTES) return false;
  writer.reserve(length + 2);
  const { chunk, position } = writer;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i]!;
    if (byte < 0x20 || byte >= 0x80 || byte === QUOTE || byte === BACKSLASH) return false;
    chunk[position + 1 + i] = byte;
  }
  chunk[position] = QUOTE;
  chunk[position + 1 + length] = QUOTE;
  writer.position = position + length + 2;
  return true;
}

/**
 * UTF-8 bytes as a JSON string, in pieces with pauses where they are long. False, and nothing more is written, when the
 * bytes are not UTF-8.
 */
export function* writeUtf8String(writer: JsonWriter, bytes: Uint8Array): Slices<boolean> {
  writer.byte(QUOTE);
  let position = 0;
  while (position < bytes.length) {
    const next = writePiece(writer, bytes, position, position + SLICE_BYTES / 4);
    if (next < 0) return false;
    position = next;
    if (writer.mustPause) {
      yield;
      writer.resume();
    }
  }
  writer.byte(QUOTE);
  return true;
}

/** Writes from `start` to `stop` or a little further, to the end of a character; returns where it ended, or -1 for bytes that are not UTF-8. */
function writePiece(writer: JsonWriter, bytes: Uint8Array, start: number, stop: number): number {
  const end = Math.min(stop, bytes.length);
  let runStart = start;
  let position = start;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte >= 0x80) {
      const length = utf8SequenceLength(bytes, position);
      if (length === 0) return -1;
      position += length;
    } else if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) {
      writeRun(writer, bytes, runStart, position);
      writer.ascii(escaped(byte));
      runStart = ++position;
    } else position++;
  }
  writeRun(writer, bytes, runStart, position);
  return position;
}

function writeRun(writer: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  if (start < end) writer.bytes(bytes.subarray(start, end));
}

function escaped(byte: number): string {
  return JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
}
