import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { AttributeLimits } from './attribute-limits.ts';
import { setBit, wordsFor, type Bitmap } from './bitmap.ts';
import type { AttributeValue } from './filter-expression.ts';

/** A column's dictionary: keyword to code, from 1 on. Codes are never given back. */
export class Keywords {
  readonly #limits: AttributeLimits;
  readonly #codes = new Map<string, number>();
  readonly #texts: (string | undefined)[] = [undefined];

  constructor(limits: AttributeLimits) {
    this.#limits = limits;
  }

  check(value: AttributeValue, path: string): string {
    if (typeof value !== 'string') throw invalidArgument(path, 'expected a string');
    if (value.length > this.#limits.keywordCharacters) {
      throw invalidArgument(path, `longer than the limit of ${this.#limits.keywordCharacters} characters`);
    }
    if (!this.#codes.has(value) && this.#codes.size >= this.#limits.keywords) {
      throw new RangefinderError(
        'RESOURCE_EXHAUSTED',
        `${path}: the column has ${this.#limits.keywords} keywords, its limit`,
      );
    }
    return value;
  }

  add(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = this.#texts.length;
    this.#codes.set(text, code);
    this.#texts.push(text);
    return code;
  }

  text(code: number): string | undefined {
    return this.#texts[code];
  }

  /** The codes of those texts that are known, as a set. */
  codesOf(texts: readonly (string | number | boolean)[]): Bitmap {
    const wanted = new Uint32Array(wordsFor(this.#texts.length));
    for (const text of texts) {
      const code = this.#codes.get(text as string);
      if (code !== undefined) setBit(wanted, code);
    }
    return wanted;
  }
}
