import { didYouMean } from './closest-name.ts';
import type { ConfigPath } from './config-path.ts';
import { childSchema, isPlainObject, type SchemaNode } from './schema-node.ts';
import { describeExpected, describeFound } from './schema-wording.ts';

/** One thing that is wrong with a value, and where. The message does not repeat the path. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  readonly kind: 'unknown_key' | 'missing' | 'value';
  /** `expected an integer ≥ 1, got 0`. */
  readonly message: string;
}

export interface ProblemSearch {
  /** Whether keys that the schema requires may be missing; for one layer of several. */
  readonly partial?: boolean;
  /** The search ends after this many problems. */
  readonly problemsMax?: number;
}

const PROBLEMS_MAX = 100;

/**
 * Everything that keeps `value` from being what `schema` describes, in document order. Unlike TypeBox's own `Value.Errors`
 * it does not stop after eight, refuses unknown keys with a hint, and words each problem as expected and got.
 */
export function findProblems(schema: SchemaNode, value: unknown, search: ProblemSearch = {}): readonly ConfigProblem[] {
  const finder = new ProblemFinder(search.partial ?? false, search.problemsMax ?? PROBLEMS_MAX);
  finder.visit(schema, value, []);
  return finder.problems;
}

class ProblemFinder {
  readonly problems: ConfigProblem[] = [];
  readonly #partial: boolean;
  readonly #problemsMax: number;

  constructor(partial: boolean, problemsMax: number) {
    this.#partial = partial;
    this.#problemsMax = problemsMax;
  }

  visit(node: SchemaNode, value: unknown, path: ConfigPath): void {
    if (this.problems.length >= this.#problemsMax) return;
    if (node.anyOf !== undefined) this.#visitUnion(node, node.anyOf, value, path);
    else if (node.type === 'object') this.#visitObject(node, value, path);
    else if (node.type === 'array') this.#visitArray(node, value, path);
    else if (!scalarFits(node, value)) this.#report(node, value, path);
  }

  #visitUnion(node: SchemaNode, members: readonly SchemaNode[], value: unknown, path: ConfigPath): void {
    const attempts = members.map((member) => {
      const attempt = new ProblemFinder(this.#partial, this.#problemsMax);
      attempt.visit(asSecretAs(node, member), value, path);
      return attempt.problems;
    });
    if (attempts.some((problems) => problems.length === 0)) return;
    // Where one member fits at the top and fails deeper, its problems say more than "expected A or B".
    const deeper = attempts.filter((problems) => problems.every((problem) => depthOf(problem) > path.length));
    if (deeper.length === 1) this.problems.push(...deeper[0]!);
    else this.#report(node, value, path);
  }

  #visitObject(node: SchemaNode, value: unknown, path: ConfigPath): void {
    if (!isPlainObject(value)) return this.#report(node, value, path);
    const keys = Object.keys(value);
    if (keys.length > (node.maxProperties ?? Infinity)) {
      this.#add(path, 'value', `expected ${describeExpected(node)}, got ${keys.length}`);
      return;
    }
    for (const key of keys) {
      if (value[key] === undefined) continue;
      const child = childSchema(node, key);
      if (child !== undefined) this.visit(asSecretAs(node, child), value[key], [...path, key]);
      else if (node.additionalProperties !== true) this.#reportUnknownKey(node, key, path);
    }
    if (this.#partial) return;
    for (const key of node.required ?? []) {
      if (value[key] !== undefined && Object.hasOwn(value, key)) continue;
      const child = childSchema(node, key);
      this.#add(
        [...path, key],
        'missing',
        `required: expected ${child === undefined ? 'a value' : describeExpected(child)}`,
      );
    }
  }

  #visitArray(node: SchemaNode, value: unknown, path: ConfigPath): void {
    if (!Array.isArray(value)) return this.#report(node, value, path);
    if (value.length < (node.minItems ?? 0) || value.length > (node.maxItems ?? Infinity)) {
      this.#add(path, 'value', `expected ${describeExpected(node)}, got ${value.length}`);
      return;
    }
    const { items } = node;
    if (items !== undefined) value.forEach((item, i) => this.visit(asSecretAs(node, items), item, [...path, i]));
    if (node.uniqueItems === true) this.#visitDuplicates(node, value, path);
  }

  #visitDuplicates(node: SchemaNode, values: readonly unknown[], path: ConfigPath): void {
    const seen = new Map<string, number>();
    values.forEach((value, i) => {
      const key = JSON.stringify(value) ?? 'undefined';
      const first = seen.get(key);
      if (first === undefined) seen.set(key, i);
      else
        this.#add(
          [...path, i],
          'value',
          `expected no duplicates, got ${describeFound(value, node.secret ?? node.items?.secret)} again (first at index ${first})`,
        );
    });
  }

  #reportUnknownKey(node: SchemaNode, key: string, path: ConfigPath): void {
    const names = Object.keys(node.properties ?? {});
    const patterns = Object.keys(node.patternProperties ?? {});
    const hint = didYouMean(key, names) || (patterns.length > 0 ? ` (keys must match ${patterns.join(' or ')})` : '');
    this.#add([...path, key], 'unknown_key', `unknown key${hint}`);
  }

  #report(node: SchemaNode, value: unknown, path: ConfigPath): void {
    const words = node.enum?.filter((word) => typeof word === 'string') ?? [];
    const hint = typeof value === 'string' && node.secret !== true ? didYouMean(value, words) : '';
    this.#add(path, 'value', `expected ${describeExpected(node)}, got ${describeFound(value, node.secret)}${hint}`);
  }

  #add(path: ConfigPath, kind: ConfigProblem['kind'], message: string): void {
    if (this.problems.length < this.#problemsMax) this.problems.push({ path, kind, message });
  }
}

/** A key too many or too few is a fault of the object around it. */
function depthOf(problem: ConfigProblem): number {
  return problem.kind === 'value' ? problem.path.length : problem.path.length - 1;
}

/** What is inside a secret is secret. */
function asSecretAs(outer: SchemaNode, inner: SchemaNode): SchemaNode {
  return outer.secret === true ? { ...inner, secret: true } : inner;
}

function scalarFits(node: SchemaNode, value: unknown): boolean {
  if (node.const !== undefined) return value === node.const;
  if (node.enum !== undefined) return node.enum.includes(value as string | number);
  switch (node.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && stringFits(node, value);
    case 'integer':
      return Number.isSafeInteger(value) && numberFits(node, value as number);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && numberFits(node, value);
    default:
      return true;
  }
}

function numberFits(node: SchemaNode, value: number): boolean {
  return (
    value >= (node.minimum ?? -Infinity) &&
    value <= (node.maximum ?? Infinity) &&
    value > (node.exclusiveMinimum ?? -Infinity) &&
    value < (node.exclusiveMaximum ?? Infinity)
  );
}

function stringFits(node: SchemaNode, value: string): boolean {
  return (
    value.length >= (node.minLength ?? 0) &&
    value.length <= (node.maxLength ?? Infinity) &&
    (node.pattern === undefined || new RegExp(node.pattern, 'u').test(value))
  );
}
