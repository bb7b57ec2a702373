import { namesOf, parseFormula } from './parser.ts';
import { OPERATIONS, type Expression } from './syntax.ts';

/** A column of one value for each candidate, or one value for all of them. */
export type Column = Float64Array | number;

type Kernel = (a: number, b: number, c: number) => number;

/** Reads registers `a`, `b`, `c` and writes its own. Registers: the constants, then the names, then one an instruction. */
interface Instruction {
  readonly apply: Kernel;
  readonly operands: readonly [number, number, number];
}

/**
 * A formula compiled to a list of columnar operations: each runs over all candidates before the next begins, in typed arrays,
 * and what is the same for all candidates is computed once. Nothing is ever evaluated as JavaScript.
 */
export class Formula {
  readonly text: string;
  /** What it reads, in the order that `evaluate` wants the columns in. */
  readonly names: readonly string[];
  readonly #constants: readonly number[];
  readonly #instructions: readonly Instruction[];
  readonly #result: number;

  /** Throws INVALID_ARGUMENT that starts with `field`. */
  constructor(text: string, field: string) {
    const expression = parseFormula(text, field);
    this.text = text;
    this.names = namesOf(expression);
    const program = new Program(expression, this.names);
    this.#constants = program.constants;
    this.#instructions = program.instructions;
    this.#result = program.result;
  }

  /** One value for each of `rows` candidates, newly allocated. `columns` in the order of `names`. */
  evaluate(columns: readonly Column[], rows: number): Float64Array {
    const registers: Column[] = [...this.#constants, ...columns];
    for (const { apply, operands } of this.#instructions) {
      registers.push(run(apply, registers[operands[0]]!, registers[operands[1]]!, registers[operands[2]]!, rows));
    }
    const result = registers[this.#result]!;
    return typeof result === 'number' ? new Float64Array(rows).fill(result) : result.slice(0, rows);
  }
}

class Program {
  readonly constants: number[] = [0];
  readonly instructions: Instruction[] = [];
  readonly result: number;
  readonly #names: readonly string[];
  readonly #firstName: number;

  constructor(expression: Expression, names: readonly string[]) {
    this.#names = names;
    this.#collect(expression);
    this.#firstName = this.constants.length;
    this.result = this.#emit(expression);
  }

  #collect(expression: Expression): void {
    if (expression.kind === 'number' && !this.constants.some((one) => Object.is(one, expression.value)))
      this.constants.push(expression.value);
    else if (expression.kind === 'call') expression.operands.forEach((one) => this.#collect(one));
  }

  #emit(expression: Expression): number {
    if (expression.kind === 'number') return this.constants.findIndex((one) => Object.is(one, expression.value));
    if (expression.kind === 'name') return this.#firstName + this.#names.indexOf(expression.name);
    const [a = 0, b = 0, c = 0] = expression.operands.map((one) => this.#emit(one));
    this.instructions.push({ apply: OPERATIONS[expression.operation].apply, operands: [a, b, c] });
    return this.#firstName + this.#names.length + this.instructions.length - 1;
  }
}

function run(apply: Kernel, a: Column, b: Column, c: Column, rows: number): Column {
  if (typeof a === 'number' && typeof b === 'number' && typeof c === 'number') return apply(a, b, c);
  const [as, bs, cs] = [elements(a), elements(b), elements(c)];
  const [aStep, bStep, cStep] = [as === a ? 1 : 0, bs === b ? 1 : 0, cs === c ? 1 : 0];
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = apply(as[i * aStep]!, bs[i * bStep]!, cs[i * cStep]!);
  return out;
}

function elements(column: Column): Float64Array {
  return typeof column === 'number' ? Float64Array.of(column) : column;
}
