import { BACKSLASH, LOWER_U, QUOTE } from './characters.ts';
import type { JsonCursor } from './cursor.ts';
import { GrowingBytes } from './growing-bytes.ts';
import type { Slices } from './slices.ts';

/** What the one-character escapes stand for, by the byte after the backslash. */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([escape, meaning]) => [escape.charCodeAt(0), meaning.charCodeAt(0)],
  ),
);

/**
 * Reads on in a string whose opening quote is behind the cursor; appends what it stands for to `sink` as UTF-8 (nothing is
 * kept without a sink). True when the closing quote was consumed, false when the slice ended before it: call again.
 * Throws INVALID_ARGUMENT for control characters, unknown escapes, lone surrogates and bytes that are not UTF-8.
 */
export function scanString(cursor: JsonCursor, sink: GrowingBytes | undefined): boolean {
  const { bytes, pauseAt } = cursor;
  let runStart = cursor.position;
  let position = runStart;
  for (;;) {
    const byte = bytes[position];
    if (byte === undefined) {
      cursor.position = position;
      throw cursor.unexpected('the closing quote of a string');
    }
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20 || position >= pauseAt) {
      sink?.append(bytes, runStart, position);
      cursor.position = position;
      if (byte === QUOTE) {
        cursor.position++;
        return true;
      }
      if (byte < 0x20) throw cursor.fail('string has an unescaped control character');
      if (position >= pauseAt) return false;
      readEscape(cursor, sink);
      runStart = position = cursor.position;
    } else if (byte < 0x80) {
      position++;
    } else {
      const length = utf8SequenceLength(bytes, position);
      if (length === 0) throw cursor.fail('string is not valid UTF-8', position);
      position += length;
    }
  }
}

/** The string at the cursor; up to `maxBytes` of UTF-8. */
export function* readString(cursor: JsonCursor, maxBytes: number): Slices<string> {
  const plain = cursor.plainString();
  if (plain !== undefined) return checkedLength(cursor, plain, maxBytes);
  const start = cursor.position++;
  const sink = new GrowingBytes(512, maxBytes, () => cursor.fail(`string is longer than ${maxBytes} bytes`, start));
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  while (!scanString(cursor, sink)) {
    // Decoded slice by slice, so that the end of a long string is not one long stall.
    text += decoder.decode(sink.view(), { stream: true });
    if (text.length > maxBytes) throw cursor.fail(`string is longer than ${maxBytes} bytes`, start);
    sink.length = 0;
    yield;
    cursor.resume();
  }
  text += decoder.decode(sink.view());
  return checkedLength(cursor, text, maxBytes);
}

export function* skipString(cursor: JsonCursor): Slices<void> {
  if (cursor.plainString() !== undefined) return;
  cursor.position++;
  while (!scanString(cursor, undefined)) {
    yield;
    cursor.resume();
  }
}

/** Bytes of the UTF-8 sequence (of two or more) at `position`; 0 when it is not one: cut off, overlong, surrogate, too large. */
export function utf8SequenceLength(bytes: Uint8Array, position: number): number {
  const lead = bytes[position]!;
  const second = bytes[position + 1] ?? 0;
  if (lead < 0xc2 || lead > 0xf4 || (second & 0xc0) !== 0x80) return 0;
  if (lead < 0xe0) return 2;
  if (((bytes[position + 2] ?? 0) & 0xc0) !== 0x80) return 0;
  if (lead < 0xf0) {
    if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second >= 0xa0)) return 0;
    return 3;
  }
  if (((bytes[position + 3] ?? 0) & 0xc0) !== 0x80) return 0;
  if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second >= 0x90)) return 0;
  return 4;
}

function checkedLength(cursor: JsonCursor, text: string, maxBytes: number): string {
  if (text.length > maxBytes) throw cursor.fail(`string is longer than ${maxBytes} bytes`);
  return text;
}

function readEscape(cursor: JsonCursor, sink: GrowingBytes | undefined): void {
  const start = cursor.position;
  const escape = cursor.bytes[start + 1];
  const simple = escape === undefined ? undefined : ESCAPES.get(escape);
  if (simple !== undefined) {
    sink?.push(simple);
    cursor.position += 2;
    return;
  }
  if (escape !== LOWER_U) throw cursor.fail('string has an unknown escape', start);
  let unit = readHex(cursor, start);
  cursor.position += 6;
  if (unit >= 0xdc00 && unit < 0xe000) throw cursor.fail('string has a lone low surrogate', start);
  if (unit >= 0xd800 && unit < 0xdc00) {
    const paired = cursor.bytes[start + 6] === BACKSLASH && cursor.bytes[start + 7] === LOWER_U;
    const low = paired ? readHex(cursor, start + 6) : 0;
    if (low < 0xdc00 || low >= 0xe000) throw cursor.fail('string has a lone high surrogate', start);
    cursor.position += 6;
    unit = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  sink?.appendCodePoint(unit);
}

function readHex(cursor: JsonCursor, escapeStart: number): number {
  let value = 0;
  for (let i = escapeStart + 2; i < escapeStart + 6; i++) {
    const byte = cursor.bytes[i] ?? 0;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else throw cursor.fail('string has a \\u escape without four hexadecimal digits', escapeStart);
  }
  return value;
}
