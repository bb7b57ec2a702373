import { SyntaxProblem } from '../written/written-problem.ts';
import type { TextField, TextMessage, TextNested, TextScalar, TextValue } from './message.ts';
import { StringLiteralError, stringOfLiterals } from './string-literal.ts';
import type { Token } from './token.ts';
import { Tokenizer } from './tokenizer.ts';

/** A model configuration is nested five deep; whatever is much deeper is an attack on the stack. */
const MESSAGE_DEPTH_MAX = 64;

/** Parses protobuf text format, any message. Throws SyntaxProblem for the first thing that is not grammar. */
export function parseTextFormat(text: string): TextMessage {
  return new Parser(new Tokenizer(text)).document();
}

class Parser {
  readonly #tokenizer: Tokenizer;
  #token: Token;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#token = tokenizer.next();
  }

  document(): TextMessage {
    const fields: TextField[] = [];
    while (this.#token.kind !== 'end') fields.push(this.#field(0));
    return { fields };
  }

  #field(depth: number): TextField {
    const { text: name, line, column, kind } = this.#token;
    if (this.#isSymbol('[')) throw this.#problem('extensions and Any ([…]) are not part of a model configuration');
    if (kind !== 'identifier') throw this.#expected('the name of a field');
    this.#advance();
    const colon = this.#take(':');
    const value = this.#value(depth, colon, name);
    if (!this.#take(',')) this.#take(';');
    return { name, line, column, value };
  }

  #value(depth: number, colon: boolean, name: string): TextValue {
    if (this.#isSymbol('[')) return this.#list(depth, colon, name);
    if (this.#isSymbol('{') || this.#isSymbol('<')) return this.#nested(depth);
    if (!colon) throw this.#expected(`: or { after ${name}`);
    return this.#scalar();
  }

  #list(depth: number, colon: boolean, name: string): TextValue {
    const { line, column } = this.#token;
    this.#advance();
    const items: (TextScalar | TextNested)[] = [];
    if (!this.#take(']')) {
      do {
        const isMessage = this.#isSymbol('{') || this.#isSymbol('<');
        if (!isMessage && !colon) throw this.#expected(`: after ${name}`);
        items.push(isMessage ? this.#nested(depth) : this.#scalar());
      } while (this.#take(','));
      if (!this.#take(']')) throw this.#expected(', or ] in the list');
    }
    return { kind: 'list', items, line, column };
  }

  #nested(depth: number): TextNested {
    const { text: open, line, column } = this.#token;
    if (depth >= MESSAGE_DEPTH_MAX) throw this.#problem(`expected at most ${MESSAGE_DEPTH_MAX} nested messages`);
    const close = open === '{' ? '}' : '>';
    this.#advance();
    const fields: TextField[] = [];
    while (!this.#take(close)) {
      if (this.#token.kind === 'end') throw this.#expected(`${close} for the ${open} of line ${line}`);
      fields.push(this.#field(depth + 1));
    }
    return { kind: 'message', message: { fields }, line, column };
  }

  #scalar(): TextScalar {
    const { line, column } = this.#token;
    if (this.#token.kind === 'string') return { kind: 'string', text: this.#string(), line, column };
    const sign = this.#take('-') ? '-' : '';
    const { kind, text } = this.#token;
    if (kind === 'identifier' && sign !== '' && !/^(inf|infinity|nan)$/i.test(text))
      throw this.#expected('a number after -');
    if (kind !== 'identifier' && kind !== 'integer' && kind !== 'float') throw this.#expected('a value');
    this.#advance();
    return { kind, text: sign + text, line, column };
  }

  #string(): string {
    const first = this.#token;
    const literals: string[] = [];
    while (this.#token.kind === 'string') {
      literals.push(this.#token.text);
      this.#advance();
    }
    try {
      return stringOfLiterals(literals);
    } catch (error) {
      if (error instanceof StringLiteralError) throw new SyntaxProblem(first.line, first.column, error.message);
      throw error;
    }
  }

  #isSymbol(symbol: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.text === symbol;
  }

  #take(symbol: string): boolean {
    if (!this.#isSymbol(symbol)) return false;
    this.#advance();
    return true;
  }

  #advance(): void {
    this.#token = this.#tokenizer.next();
  }

  #expected(what: string): SyntaxProblem {
    const { kind, text } = this.#token;
    const found =
      kind === 'end' ? 'the end of the file' : kind === 'string' ? text.slice(0, 40) : `"${text.slice(0, 40)}"`;
    return this.#problem(`expected ${what}, got ${found}`);
  }

  #problem(message: string): SyntaxProblem {
    return new SyntaxProblem(this.#token.line, this.#token.column, message);
  }
}
