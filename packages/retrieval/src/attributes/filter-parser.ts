import { invalidArgument } from '@rangefinder/base';
import type { AttributeLimits } from './attribute-limits.ts';
import type { AttributeSchema, AttributeType } from './filter-expression.ts';
import type { Bounds, ParsedFilter } from './parsed-filter.ts';
import { parseTimestamp } from './timestamp.ts';

const OPERATORS = ['and', 'or', 'not', 'eq', 'in', 'range', 'contains', 'exists'] as const;
type Operator = (typeof OPERATORS)[number];
const COMPARISON_TYPES: Readonly<Record<string, readonly AttributeType[]>> = {
  eq: ['keyword', 'int', 'float', 'bool', 'timestamp'],
  in: ['keyword', 'int', 'float', 'bool', 'timestamp'],
  range: ['int', 'float', 'timestamp'],
  contains: ['keyword_list'],
};

/**
 * Checks a filter against the schema. Throws INVALID_ARGUMENT with the path of what is wrong: `filter.and[1].eq.year:
 * expected a number`.
 */
export function parseFilter(expression: unknown, schema: AttributeSchema, limits: AttributeLimits): ParsedFilter {
  return new FilterParser(schema, limits).parse(expression, 'filter', 1);
}

class FilterParser {
  readonly #schema: AttributeSchema;
  readonly #limits: AttributeLimits;
  #terms = 0;

  constructor(schema: AttributeSchema, limits: AttributeLimits) {
    this.#schema = schema;
    this.#limits = limits;
  }

  parse(expression: unknown, path: string, depth: number): ParsedFilter {
    if (depth > this.#limits.filterDepth) {
      throw invalidArgument(path, `nested deeper than the limit of ${this.#limits.filterDepth}`);
    }
    const [name, value] = onlyEntry(expression, path, `one of the operators ${OPERATORS.join(', ')}`);
    if (!isOperator(name)) throw invalidArgument(path, `unknown operator "${name}"; known are ${OPERATORS.join(', ')}`);
    this.#countTerms(1, path);
    const inside = `${path}.${name}`;
    switch (name) {
      case 'and':
      case 'or': {
        const parts = expectArray(value, inside).map((part, i) => this.parse(part, `${inside}[${i}]`, depth + 1));
        return { kind: name, parts };
      }
      case 'not':
        return { kind: 'not', part: this.parse(value, inside, depth + 1) };
      case 'exists':
        if (typeof value !== 'string') throw invalidArgument(inside, 'expected the name of an attribute');
        this.#typeOf(value, inside);
        return { kind: 'exists', field: value };
      default:
        return this.#comparison(name, value, inside);
    }
  }

  #comparison(operator: 'eq' | 'in' | 'range' | 'contains', value: unknown, path: string): ParsedFilter {
    const [field, operand] = onlyEntry(value, path, 'one attribute');
    const type = this.#typeOf(field, path);
    const inside = `${path}.${field}`;
    if (COMPARISON_TYPES[operator]?.includes(type) !== true) {
      throw invalidArgument(inside, `"${operator}" does not apply to an attribute of type ${type}`);
    }
    if (operator === 'range') return { kind: 'range', field, bounds: parseBounds(operand, type, inside) };
    if (operator === 'eq') return { kind: 'any_of', field, values: [parseValue(operand, type, inside)] };
    const list = operator === 'contains' && typeof operand === 'string' ? [operand] : expectArray(operand, inside);
    this.#countTerms(list.length, inside);
    const values = list.map((element, i) => parseValue(element, type, `${inside}[${i}]`));
    return values.length === 0 ? { kind: 'none' } : { kind: 'any_of', field, values: sortedUnique(values) };
  }

  #typeOf(field: string, path: string): AttributeType {
    const type = Object.hasOwn(this.#schema, field) ? this.#schema[field] : undefined;
    if (type !== undefined) return type;
    const known = Object.keys(this.#schema).slice(0, 20).join(', ');
    throw invalidArgument(path, `unknown attribute "${field}"; known are ${known === '' ? 'none' : known}`);
  }

  #countTerms(count: number, path: string): void {
    this.#terms += count;
    if (this.#terms > this.#limits.filterTerms) {
      throw invalidArgument(path, `the filter has more than ${this.#limits.filterTerms} operators and values`);
    }
  }
}

function parseBounds(operand: unknown, type: AttributeType, path: string): Bounds {
  if (!isRecord(operand)) throw invalidArgument(path, 'expected an object with gt, gte, lt or lte');
  const names = Object.keys(operand);
  const unknown = names.find((name) => !['gt', 'gte', 'lt', 'lte'].includes(name));
  if (unknown !== undefined) throw invalidArgument(path, `unknown bound "${unknown}"; known are gt, gte, lt, lte`);
  if (names.length === 0) throw invalidArgument(path, 'expected at least one of gt, gte, lt, lte');
  for (const [open, closed] of [
    ['gt', 'gte'],
    ['lt', 'lte'],
  ] as const) {
    if (open in operand && closed in operand) throw invalidArgument(path, `has both ${open} and ${closed}`);
  }
  const bound = (name: string): number | undefined =>
    name in operand ? (parseValue(operand[name], type, `${path}.${name}`, true) as number) : undefined;
  return {
    low: bound('gt') ?? bound('gte') ?? -Infinity,
    lowOpen: 'gt' in operand,
    high: bound('lt') ?? bound('lte') ?? Infinity,
    highOpen: 'lt' in operand,
  };
}

/** `fraction` allows bounds on whole numbers to lie between them. */
function parseValue(value: unknown, type: AttributeType, path: string, fraction = false): string | number | boolean {
  switch (type) {
    case 'keyword':
    case 'keyword_list':
      if (typeof value === 'string') return value;
      throw invalidArgument(path, 'expected a string');
    case 'bool':
      if (typeof value === 'boolean') return value;
      throw invalidArgument(path, 'expected true or false');
    case 'int':
      if (typeof value === 'number' && (fraction ? Number.isFinite(value) : Number.isSafeInteger(value)))
        return value + 0;
      throw invalidArgument(path, fraction ? 'expected a number' : 'expected a whole number');
    case 'float':
      if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
      throw invalidArgument(path, 'expected a finite number');
    case 'timestamp':
      return parseTimestamp(value, path);
  }
}

function sortedUnique(values: readonly (string | number | boolean)[]): (string | number | boolean)[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function onlyEntry(value: unknown, path: string, expected: string): [string, unknown] {
  const entries = isRecord(value) ? Object.entries(value) : [];
  const entry = entries[0];
  if (entry === undefined || entries.length > 1) {
    throw invalidArgument(path, `expected an object with exactly ${expected}`);
  }
  return entry;
}

function expectArray(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(path, 'expected an array');
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOperator(name: string): name is Operator {
  return (OPERATORS as readonly string[]).includes(name);
}
