import { describeExpected, formatConfigPath, quoted, type ConfigPath, type SchemaNode } from '@rangefinder/base';
import { fieldOf, mapValue } from '../schema/schema-shape.ts';
import type { Located, LocatedScalar } from '../written/located.ts';
import type { WrittenProblem } from '../written/written-problem.ts';
import type { TextField, TextMessage, TextNested, TextScalar, TextValue } from './message.ts';

export interface MappedMessage {
  readonly located: Located;
  readonly problems: readonly WrittenProblem[];
}

/**
 * Gives a text-format message the shape that its schema has: which fields repeat, which are maps, which words are enums.
 * Values of the wrong type are passed on for the validation to refuse; what only this grammar distinguishes (quotes,
 * repetition) is refused here.
 */
export function mapMessage(message: TextMessage, schema: SchemaNode): MappedMessage {
  const mapper = new MessageMapper();
  return { located: mapper.message(message, schema, [], 1), problems: mapper.problems };
}

class MessageMapper {
  readonly problems: WrittenProblem[] = [];

  message(message: TextMessage, schema: SchemaNode | undefined, path: ConfigPath, line: number): Located {
    const byName = new Map<string, TextField[]>();
    for (const field of message.fields) {
      const same = byName.get(field.name);
      if (same === undefined) byName.set(field.name, [field]);
      else same.push(field);
    }
    const content = new Map<string, Located>();
    for (const [name, fields] of byName) {
      const located = this.#field(fields, fieldOf(schema, name), [...path, name]);
      if (located !== undefined) content.set(name, located);
    }
    return { content, place: { line } };
  }

  #field(fields: readonly TextField[], schema: SchemaNode | undefined, path: ConfigPath): Located | undefined {
    const first = fields[0]!;
    if (schema?.type === 'array') return this.#repeated(fields, schema.items, path);
    const valueSchema = mapValue(schema);
    if (valueSchema !== undefined) return this.#map(fields, valueSchema, path);
    // A field that nobody knows is judged later, by name; how often it is written does not matter then.
    if (schema === undefined && (fields.length > 1 || first.value.kind === 'list'))
      return this.#repeated(fields, undefined, path);
    if (fields.length > 1) {
      const second = fields[1]!;
      this.#problem(second, path, `expected once, got again (first on line ${first.line})`);
    }
    if (first.value.kind === 'list') {
      this.#problem(
        first.value,
        path,
        `expected ${schema === undefined ? 'one value' : describeExpected(schema)}, got a list`,
      );
      return undefined;
    }
    return this.#value(first.value, schema, path, first.line);
  }

  #repeated(fields: readonly TextField[], items: SchemaNode | undefined, path: ConfigPath): Located {
    const values = fields.flatMap(({ value, line }) =>
      valuesOf(value).map((item) => ({ item, line: item.line || line })),
    );
    const content = values.map(({ item, line }, i) => this.#value(item, items, [...path, i], line));
    return { content, place: { line: fields[0]!.line } };
  }

  /** Map entries are messages with a `key` and a `value`; either may be left out and is then empty. */
  #map(fields: readonly TextField[], valueSchema: SchemaNode, path: ConfigPath): Located {
    const content = new Map<string, Located>();
    for (const entry of fields.flatMap((field) => valuesOf(field.value))) {
      if (entry.kind !== 'message') {
        this.#problem(entry, path, 'expected an entry { key: … value: … }');
        continue;
      }
      const named = this.#entry(entry, valueSchema, path);
      if (content.has(named.key)) this.#problem(entry, [...path, named.key], 'expected once, got again');
      content.set(named.key, named.value);
    }
    return { content, place: { line: fields[0]!.line } };
  }

  #entry(entry: TextNested, valueSchema: SchemaNode, path: ConfigPath): { key: string; value: Located } {
    let key: string | undefined;
    let value: Located | undefined;
    for (const field of entry.message.fields) {
      if (field.name === 'key' && key === undefined && isScalar(field.value)) {
        key = field.value.text;
      } else if (field.name === 'value' && value === undefined && field.value.kind !== 'list') {
        value = this.#value(field.value, valueSchema, [...path, key ?? 'value'], field.line);
      } else {
        this.#problem(field, path, `expected an entry with one key and one value, got ${field.name}`);
      }
    }
    const place = { line: entry.line };
    const empty =
      valueSchema.type === 'string' ? { content: '', place } : { content: new Map<string, Located>(), place };
    return { key: key ?? '', value: value ?? empty };
  }

  #value(value: TextScalar | TextNested, schema: SchemaNode | undefined, path: ConfigPath, line: number): Located {
    if (value.kind === 'message') return this.message(value.message, schema, path, line);
    return { content: this.#scalar(value, schema, path), place: { line } };
  }

  #scalar(scalar: TextScalar, schema: SchemaNode | undefined, path: ConfigPath): LocatedScalar {
    const { kind, text } = scalar;
    if (kind === 'string') {
      if (schema?.enum !== undefined)
        this.#problem(scalar, path, `expected ${describeExpected(schema)} without quotes, got ${quoted(text)}`);
      return text;
    }
    if (kind === 'identifier') {
      if (schema?.type === 'boolean' || schema === undefined) return booleanOf(text) ?? text;
      if (schema.type === 'number') return numberOfWord(text) ?? text;
      if (schema.type === 'string')
        this.#problem(scalar, path, `expected a string in quotes, got ${text.slice(0, 80)}`);
      return text;
    }
    if (schema?.type === 'boolean' && (text === '0' || text === '1')) return text === '1';
    if (kind === 'float') {
      const value = Number(text.replace(/f$/i, ''));
      // 2.0 is an integer to JavaScript and none to this grammar; other fractions are refused with the rest of the schema.
      if (schema?.type === 'integer' && Number.isInteger(value)) {
        this.#problem(scalar, path, `expected ${describeExpected(schema)}, got ${text}`);
      }
      return value;
    }
    return integerOf(text);
  }

  #problem(at: { readonly line: number; readonly column: number }, path: ConfigPath, message: string): void {
    this.problems.push({ line: at.line, column: at.column, message: `${formatConfigPath(path)}: ${message}` });
  }
}

function valuesOf(value: TextValue): readonly (TextScalar | TextNested)[] {
  return value.kind === 'list' ? value.items : [value];
}

function isScalar(value: TextValue): value is TextScalar {
  return value.kind !== 'list' && value.kind !== 'message';
}

function booleanOf(word: string): boolean | undefined {
  if (word === 'true' || word === 'True' || word === 't') return true;
  return word === 'false' || word === 'False' || word === 'f' ? false : undefined;
}

function numberOfWord(word: string): number | undefined {
  const unsigned = word.replace(/^-/, '').toLowerCase();
  const value = unsigned === 'nan' ? Number.NaN : unsigned === 'inf' || unsigned === 'infinity' ? Infinity : undefined;
  return value === undefined || !word.startsWith('-') ? value : -value;
}

/** Decimal, `0x` hexadecimal and `0…` octal. Inexact beyond 2^53, which no field allows. */
function integerOf(text: string): number {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const octal = /^0[0-7]+$/.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  return negative ? -value || 0 : value;
}
