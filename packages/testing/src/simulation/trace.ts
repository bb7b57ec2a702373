/** What happened, line by line, kept as a hash (FNV-1a, two lanes of 32 bits) and, when asked for, as text. */
export class Trace {
  readonly #lines: string[] | undefined;
  #low = 0x811c9dc5;
  #high = 0x01234567;
  #count = 0;

  constructor(keepLines: boolean) {
    this.#lines = keepLines ? [] : undefined;
  }

  add(timeUs: number, text: string): void {
    const line = `${timeUs} ${text}`;
    for (let index = 0; index < line.length; index++) {
      const code = line.charCodeAt(index);
      this.#low = Math.imul(this.#low ^ code, 0x01000193);
      this.#high = Math.imul(this.#high ^ (code + index), 0x01000193);
    }
    this.#count += 1;
    this.#lines?.push(line);
  }

  get count(): number {
    return this.#count;
  }

  get hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }
}
