import { QUOTE } from './characters.ts';

interface KnownWord {
  readonly text: string;
  /** With its closing quote. */
  readonly bytes: Uint8Array;
}

/**
 * Strings that are expected, found by comparing bytes: cheaper than making a string of the bytes, for the keys and type
 * names that every request repeats.
 */
export class KnownWords {
  readonly #byFirstByte: ReadonlyMap<number, readonly KnownWord[]>;

  constructor(words: readonly string[]) {
    const byFirstByte = new Map<number, KnownWord[]>();
    for (const text of words) {
      const bytes = new TextEncoder().encode(`${text}"`);
      const first = bytes[0] ?? QUOTE;
      byFirstByte.set(first, [...(byFirstByte.get(first) ?? []), { text, bytes }]);
    }
    this.#byFirstByte = byFirstByte;
  }

  /** The word that the string beginning (behind its quote) at `position` is; undefined when it is none of them. */
  match(source: Uint8Array, position: number): string | undefined {
    const candidates = this.#byFirstByte.get(source[position]!);
    if (!candidates) return undefined;
    for (const { text, bytes } of candidates) {
      let i = 1;
      while (i < bytes.length && source[position + i] === bytes[i]) i++;
      if (i === bytes.length) return text;
    }
    return undefined;
  }
}
