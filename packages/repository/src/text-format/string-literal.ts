const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, "'": 39, '"': 34, '?': 63,
}; // prettier-ignore

const ESCAPE = /\\(?:([0-7]{1,3})|[xX]([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/sy;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is wrong with a literal, in words. */
export class StringLiteralError extends Error {}

/**
 * The string that literals written next to each other mean: `"a\x62" 'c'` is `abc`. Escapes make bytes, which together must
 * be UTF-8, as in every `string` field of protobuf 3. Throws StringLiteralError.
 */
export function stringOfLiterals(literals: readonly string[]): string {
  if (literals.length === 1 && !literals[0]!.includes('\\')) return literals[0]!.slice(1, -1);
  const parts = literals.map((literal) => bytesOfBody(literal.slice(1, -1)));
  try {
    return decoder.decode(Buffer.concat(parts));
  } catch {
    throw new StringLiteralError('expected a string in UTF-8, got bytes that are not');
  }
}

function bytesOfBody(body: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  while (offset < body.length) {
    const backslash = body.indexOf('\\', offset);
    const end = backslash < 0 ? body.length : backslash;
    if (end > offset) parts.push(encoder.encode(body.slice(offset, end)));
    if (backslash < 0) break;
    ESCAPE.lastIndex = backslash;
    const match = ESCAPE.exec(body);
    if (match === null) throw new StringLiteralError('expected an escape after \\');
    parts.push(bytesOfEscape(match));
    offset = backslash + match[0].length;
  }
  return Buffer.concat(parts);
}

function bytesOfEscape(match: RegExpExecArray): Uint8Array {
  const [whole, octal, hex, unicode4, unicode8, simple] = match;
  if (octal !== undefined) return byte(Number.parseInt(octal, 8), whole);
  if (hex !== undefined) return byte(Number.parseInt(hex, 16), whole);
  const unicode = unicode4 ?? unicode8;
  if (unicode !== undefined) {
    const codePoint = Number.parseInt(unicode, 16);
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
      throw new StringLiteralError(`expected a Unicode code point, got ${whole}`);
    }
    return encoder.encode(String.fromCodePoint(codePoint));
  }
  const code = Object.hasOwn(SIMPLE_ESCAPES, simple!) ? SIMPLE_ESCAPES[simple!] : undefined;
  if (code === undefined)
    throw new StringLiteralError(`unknown escape ${JSON.stringify(whole).slice(2, -1)} in a string`);
  return Uint8Array.of(code);
}

function byte(value: number, written: string): Uint8Array {
  if (value > 255) throw new StringLiteralError(`expected a byte up to \\377, got ${written}`);
  return Uint8Array.of(value);
}
