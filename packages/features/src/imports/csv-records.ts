import { invalidArgument } from '@rangefinder/base';

/** Characters of one record; a quote that is never closed would take the whole file otherwise. */
const RECORD_MAX_CHARACTERS = 16 * 1024 * 1024;

/** From 1; 0 before the first record. */
export interface LinePosition {
  line: number;
}

/**
 * Records of a CSV text as RFC 4180 has it: quotes double inside quotes, lines end with LF or CRLF, and a quoted field may
 * span lines. A field that was not quoted and is empty is null. Throws INVALID_ARGUMENT for a quote that is not closed.
 * `position` tells on which line the last record began.
 */
export async function* csvRecords(
  chunks: AsyncIterable<string>,
  file: string,
  position: LinePosition,
): AsyncGenerator<(string | null)[]> {
  const parser = new CsvParser(file, position);
  for await (const chunk of chunks) yield* parser.feed(chunk);
  yield* parser.end();
}

class CsvParser {
  readonly #file: string;
  readonly #position: LinePosition;
  /** The line that is being read, and the one on which its record began. */
  #line = 1;
  #firstLine = 1;
  #record: (string | null)[] = [];
  #field = '';
  #quoted = false;
  #inQuotes = false;
  /** A quote inside quotes: the end of them, or with another one a quote. */
  #quoteSeen = false;
  #characters = 0;
  #started = false;

  constructor(file: string, position: LinePosition) {
    this.#file = file;
    this.#position = position;
  }

  *feed(chunk: string): Generator<(string | null)[]> {
    for (const character of this.#started ? chunk : chunk.replace(/^\uFEFF/, '')) {
      this.#started = true;
      if (character === '\n') this.#line++;
      if (++this.#characters > RECORD_MAX_CHARACTERS)
        throw this.#problem(`is longer than ${RECORD_MAX_CHARACTERS} characters`);
      if (this.#inQuotes && !this.#quoteSeen) {
        if (character === '"') this.#quoteSeen = true;
        else this.#field += character;
      } else if (character === '"' && this.#quoteSeen) {
        this.#field += '"';
        this.#quoteSeen = false;
      } else if (character === '"' && this.#field === '' && !this.#quoted) {
        this.#inQuotes = true;
        this.#quoted = true;
      } else if (character === ',') {
        this.#endField();
      } else if (character === '\n') {
        yield* this.#endRecord();
      } else if (character === '\r') {
        this.#leaveQuotes();
      } else {
        if (this.#quoted) throw this.#problem('has text behind a closing quote');
        this.#field += character;
      }
    }
  }

  *end(): Generator<(string | null)[]> {
    if (this.#inQuotes && !this.#quoteSeen) throw this.#problem('has a quote that is not closed');
    if (this.#record.length > 0 || this.#field !== '' || this.#quoted) yield* this.#endRecord();
  }

  *#endRecord(): Generator<(string | null)[]> {
    const blank = this.#record.length === 0 && this.#field === '' && !this.#quoted;
    this.#endField();
    const record = this.#record;
    this.#record = [];
    this.#characters = 0;
    this.#position.line = this.#firstLine;
    this.#firstLine = this.#line;
    if (!blank) yield record;
  }

  #endField(): void {
    this.#record.push(this.#field === '' && !this.#quoted ? null : this.#field);
    this.#field = '';
    this.#quoted = false;
    this.#leaveQuotes();
  }

  #leaveQuotes(): void {
    this.#inQuotes = false;
    this.#quoteSeen = false;
  }

  #problem(message: string): Error {
    return invalidArgument(`${this.#file}: line ${this.#firstLine}`, message);
  }
}
