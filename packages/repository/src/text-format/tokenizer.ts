import { SyntaxProblem } from '../written/written-problem.ts';
import type { Token, TokenKind } from './token.ts';

// Sticky expressions, tried in this order at one position. None can backtrack over more than the token it reads.
const SPACE = /[ \t\r\n\v\f]+|#[^\n]*/y;
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['identifier', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['float', /(?:(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)[fF]?|(?:0|[1-9]\d*)[fF]/y],
  ['integer', /0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9]\d*/y],
  ['string', /"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"|'[^'\\\n]*(?:\\[^\n][^'\\\n]*)*'/y],
  ['symbol', /[{}<>[\]:,;./-]/y],
];

/** Reads the text word by word; never goes back, keeps one position. */
export class Tokenizer {
  readonly #text: string;
  #offset: number;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
    // A byte order mark is no part of the text.
    this.#offset = text.startsWith('\uFEFF') ? 1 : 0;
    this.#lineStart = this.#offset;
  }

  /** The next token; at the end of the text one of kind `end`, again and again. Throws SyntaxProblem. */
  next(): Token {
    this.#skipSpace();
    if (this.#offset >= this.#text.length) return this.#token('end', '');
    for (const [kind, pattern] of PATTERNS) {
      const text = this.#match(pattern);
      if (text === undefined) continue;
      const token = this.#token(kind, text);
      this.#offset += text.length;
      if (kind === 'integer' || kind === 'float') this.#refuseGluedWord(token);
      return token;
    }
    throw this.#unexpected();
  }

  #skipSpace(): void {
    for (;;) {
      const space = this.#match(SPACE);
      if (space === undefined) return;
      for (let i = space.indexOf('\n'); i >= 0; i = space.indexOf('\n', i + 1)) {
        this.#line++;
        this.#lineStart = this.#offset + i + 1;
      }
      this.#offset += space.length;
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    return pattern.exec(this.#text)?.[0];
  }

  /** `12abc` and `089` are one wrong number, not two words. */
  #refuseGluedWord(number: Token): void {
    const glued = this.#match(/[A-Za-z0-9_.]+/y);
    if (glued === undefined) return;
    throw new SyntaxProblem(number.line, number.column, `expected a number, got ${number.text}${glued.slice(0, 20)}`);
  }

  #unexpected(): SyntaxProblem {
    const character = String.fromCodePoint(this.#text.codePointAt(this.#offset)!);
    const { line, column } = this.#token('symbol', '');
    if (character === '"' || character === "'") {
      return new SyntaxProblem(line, column, `expected the closing ${character} of this string on the same line`);
    }
    return new SyntaxProblem(line, column, `unexpected character ${JSON.stringify(character)}`);
  }

  #token(kind: TokenKind, text: string): Token {
    return { kind, text, line: this.#line, column: this.#offset - this.#lineStart + 1 };
  }
}
