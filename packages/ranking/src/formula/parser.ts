import { didYouMean, invalidArgument } from '@rangefinder/base';
import { FUNCTIONS, OPERATIONS, type Expression, type Operation } from './syntax.ts';

const CHARACTERS_MAX = 10_000;
const DEPTH_MAX = 100;
const OPERANDS_MAX = 1_000;

const TOKEN =
  /\s*(?:(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)*(?:\[\d{1,6}\])?)|(?<sign><=|>=|==|!=|[-+*/^<>(),]))/y;

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

/**
 * Reads a formula: numbers, names, `+ - * / ^`, comparisons, and the functions of `FUNCTIONS`. `^` binds tightest and to the
 * right, `-2 ^ 2` is −4; comparisons bind loosest and do not chain. Throws INVALID_ARGUMENT that starts with `field` and says where.
 */
export function parseFormula(text: string, field: string): Expression {
  return new Parser(text, field).parse();
}

/** The names that a formula reads, each once, in order. */
export function namesOf(expression: Expression): readonly string[] {
  const names = new Set<string>();
  const visit = (one: Expression): void => {
    if (one.kind === 'name') names.add(one.name);
    else if (one.kind === 'call') one.operands.forEach(visit);
  };
  visit(expression);
  return [...names];
}

class Parser {
  readonly #field: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #operands = 0;

  constructor(text: string, field: string) {
    this.#field = field;
    if (text.length > CHARACTERS_MAX) throw invalidArgument(field, `expected at most ${CHARACTERS_MAX} characters`);
    this.#tokens = this.#tokenise(text);
  }

  parse(): Expression {
    const expression = this.#comparison();
    const rest = this.#peek();
    if (rest.kind !== 'end') throw this.#unexpected(rest, 'an operator or the end');
    return expression;
  }

  #tokenise(text: string): Token[] {
    const tokens: Token[] = [];
    const end = text.trimEnd().length;
    const pattern = new RegExp(TOKEN.source, TOKEN.flags);
    while (pattern.lastIndex < end) {
      const from = pattern.lastIndex;
      const groups = pattern.exec(text)?.groups;
      if (groups === undefined) {
        const at = from + (text.slice(from).length - text.slice(from).trimStart().length);
        throw invalidArgument(
          this.#field,
          `at character ${at + 1}: expected a number, a name or an operator, got "${text.slice(at, at + 8)}"`,
        );
      }
      const kind = groups['number'] !== undefined ? 'number' : groups['name'] !== undefined ? 'name' : 'sign';
      const found = groups[kind] ?? '';
      tokens.push({ kind, text: found, at: pattern.lastIndex - found.length });
    }
    return [...tokens, { kind: 'end', text: 'the end', at: end }];
  }

  #comparison(): Expression {
    const left = this.#sum();
    const sign = this.#peek();
    if (sign.kind !== 'sign' || !['<', '<=', '>', '>=', '==', '!='].includes(sign.text)) return left;
    this.#next += 1;
    return this.#call(sign.text as Operation, [left, this.#sum()]);
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      const sign = this.#take('+', '-');
      if (sign === undefined) return left;
      left = this.#call(sign as Operation, [left, this.#product()]);
    }
  }

  #product(): Expression {
    let left = this.#signed();
    for (;;) {
      const sign = this.#take('*', '/');
      if (sign === undefined) return left;
      left = this.#call(sign as Operation, [left, this.#signed()]);
    }
  }

  #signed(): Expression {
    this.#enter();
    const minus = this.#take('-');
    const expression = minus === undefined ? this.#power() : this.#call('negate', [this.#signed()]);
    this.#depth -= 1;
    return expression;
  }

  #power(): Expression {
    const base = this.#operand();
    return this.#take('^') === undefined ? base : this.#call('^', [base, this.#signed()]);
  }

  #operand(): Expression {
    if (++this.#operands > OPERANDS_MAX)
      throw invalidArgument(this.#field, `expected at most ${OPERANDS_MAX} operands`);
    const token = this.#peek();
    this.#next += 1;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'name')
      return this.#take('(') === undefined ? { kind: 'name', name: token.text } : this.#function(token);
    if (token.text !== '(' || token.kind === 'end') throw this.#unexpected(token, 'a number, a name or "("');
    this.#enter();
    const inside = this.#comparison();
    this.#depth -= 1;
    this.#expect(')');
    return inside;
  }

  #function({ text, at }: Token): Expression {
    if (!(FUNCTIONS as readonly string[]).includes(text)) {
      throw invalidArgument(
        this.#field,
        `at character ${at + 1}: no function ${text}${didYouMean(text, FUNCTIONS)}; there are ${FUNCTIONS.join(', ')}`,
      );
    }
    this.#enter();
    const operands: Expression[] = [];
    do operands.push(this.#comparison());
    while (this.#take(',') !== undefined);
    this.#expect(')');
    this.#depth -= 1;
    const { min, max } = OPERATIONS[text as Operation];
    if (operands.length < min || operands.length > max) {
      const wanted = max === Infinity ? `at least ${min}` : `${min}`;
      throw invalidArgument(
        this.#field,
        `at character ${at + 1}: ${text} takes ${wanted} operands, got ${operands.length}`,
      );
    }
    const [first, ...rest] = operands;
    if (max !== Infinity || first === undefined) return this.#call(text as Operation, operands);
    return rest.reduce((left, right) => this.#call(text as Operation, [left, right]), first);
  }

  #call(operation: Operation, operands: readonly Expression[]): Expression {
    const values = operands.flatMap((one) => (one.kind === 'number' ? [one.value] : []));
    if (values.length < operands.length) return { kind: 'call', operation, operands };
    const [a = 0, b = 0, c = 0] = values;
    return { kind: 'number', value: OPERATIONS[operation].apply(a, b, c) };
  }

  #enter(): void {
    if (++this.#depth > DEPTH_MAX)
      throw invalidArgument(this.#field, `expected at most ${DEPTH_MAX} levels of nesting`);
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)]!;
  }

  #take(...signs: readonly string[]): string | undefined {
    const token = this.#peek();
    if (token.kind !== 'sign' || !signs.includes(token.text)) return undefined;
    this.#next += 1;
    return token.text;
  }

  #expect(sign: string): void {
    if (this.#take(sign) === undefined) throw this.#unexpected(this.#peek(), `"${sign}"`);
  }

  #unexpected(token: Token, wanted: string): Error {
    const got = token.kind === 'end' ? 'the end' : `"${token.text}"`;
    return invalidArgument(this.#field, `at character ${token.at + 1}: expected ${wanted}, got ${got}`);
  }
}
