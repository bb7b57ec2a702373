import type { Limits } from '@rangefinder/base';
import type { YieldToEventLoop } from '../inference/decode-options.ts';
import { JsonCursor } from './cursor.ts';
import { runSlices, type Slices } from './slices.ts';
import { readValue, type JsonValue } from './value.ts';

/**
 * A whole JSON body, read strictly: RFC 8259 in UTF-8 without byte order mark, no key twice, nothing after the value.
 * Integers beyond 2^53 are bigints. Synchronous for small bodies, a promise for large ones. Throws INVALID_ARGUMENT naming
 * the byte.
 */
export function parseJsonBody(
  body: Uint8Array,
  limits: Pick<Limits, 'jsonDepth'>,
  yieldToEventLoop?: YieldToEventLoop,
): JsonValue | Promise<JsonValue> {
  return runSlices(parseDocument(body, limits), yieldToEventLoop);
}

export function* parseDocument(body: Uint8Array, limits: Pick<Limits, 'jsonDepth'>): Slices<JsonValue> {
  const cursor = new JsonCursor(body, limits.jsonDepth);
  startDocument(cursor);
  const value = yield* readValue(cursor, body.length);
  endDocument(cursor);
  return value;
}

export function startDocument(cursor: JsonCursor): void {
  const { bytes } = cursor;
  if (bytes.length === 0) throw cursor.fail('expected JSON, found nothing');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw cursor.fail('starts with a byte order mark, which JSON does not allow,');
  }
  cursor.skipBlank();
}

export function endDocument(cursor: JsonCursor): void {
  cursor.at('request body');
  cursor.skipBlank();
  if (cursor.peek() !== undefined) throw cursor.unexpected('nothing after the JSON');
}
