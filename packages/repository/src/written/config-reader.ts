import { findProblems, formatConfigPath, schemaNode, type ConfigPath, type SchemaNode } from '@rangefinder/base';
import { writtenConfigSchema } from '../schema/model-config-schema.ts';
import { schemaAt } from '../schema/schema-shape.ts';
import { isLocatedList, isLocatedMap, type Located, type LocatedContent } from './located.ts';
import { TRITON_FIELDS, type TritonField } from './triton-fields.ts';
import { PlaceIndex, problemLine, type WrittenConfig } from './written-config.ts';

export interface ReadConfig {
  readonly config: WrittenConfig;
  /** Complete lines, in the order of the file as far as that is known. Empty: the configuration fits the schema. */
  readonly problems: readonly string[];
}

/**
 * The part that all formats share: takes the fields of Triton that this version knows but does not have, indexes places,
 * and checks the rest against the schema.
 */
export function readLocatedConfig(file: string, located: Located, sugarNames: readonly string[] = []): ReadConfig {
  const schema = schemaNode(writtenConfigSchema);
  const reader = new TreeReader(file);
  const value = reader.read(located, schema, [], [], '');
  const problems = reader.problems;
  for (const problem of findProblems(schema, value, { partial: true })) {
    const hint =
      problem.path.length === 1 && problem.kind === 'unknown_key' ? sugarHint(problem.path[0]!, sugarNames) : '';
    problems.push(problemLine(file, reader.places, problem.path, `${problem.message}${hint}`));
  }
  const fields =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  return { config: { file, value: fields, warnings: reader.warnings, places: reader.places }, problems };
}

function sugarHint(key: string | number, names: readonly string[]): string {
  const wanted = String(key).toLowerCase();
  const name = names.find((candidate) => candidate.startsWith(wanted) || wanted.startsWith(candidate));
  return name === undefined ? '' : ` (there is ${name})`;
}

class TreeReader {
  readonly places = new PlaceIndex();
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** `fields` is the path without list indexes, `name` the path as the person wrote it. */
  read(
    located: Located,
    schema: SchemaNode | undefined,
    path: ConfigPath,
    fields: readonly string[],
    name: string,
  ): unknown {
    this.places.set(path, located.place.line, name);
    const { content } = located;
    if (isLocatedList(content)) {
      return content.map((item, i) => {
        const itemName = item.place.writtenAs === undefined ? `${name}[${i}]` : name;
        return this.read(item, schema?.items, [...path, i], fields, itemName);
      });
    }
    if (!isLocatedMap(content)) return content;
    const entries: [string, unknown][] = [];
    for (const [key, child] of content) {
      const childPath = [...path, key];
      const childName = joinName(name, child.place.writtenAs ?? key);
      const childSchema = schemaAt(schema, key);
      const tritonField = childSchema === undefined ? TRITON_FIELDS.get([...fields, key].join('.')) : undefined;
      if (tritonField !== undefined) this.#setAside(tritonField, child, childName);
      else entries.push([key, this.read(child, childSchema, childPath, [...fields, key], childName)]);
    }
    return Object.fromEntries(entries);
  }

  /** A field with its default value asks for nothing and is dropped in silence. */
  #setAside(field: TritonField, located: Located, name: string): void {
    if (isNeutral(located.content, field)) return;
    const line = located.place.line > 0 ? `:${located.place.line}` : '';
    const words = field.verdict === 'refused' ? 'not supported by this version' : 'ignored';
    const text = `${this.#file}${line}: ${name}: ${words}: ${field.reason}`;
    (field.verdict === 'refused' ? this.problems : this.warnings).push(text);
  }
}

function joinName(parent: string, key: string): string {
  if (key === '') return parent;
  const text = formatConfigPath([key]);
  return parent === '' || text.startsWith('[') ? parent + text : `${parent}.${text}`;
}

const NEUTRAL_SCALARS: ReadonlySet<LocatedContent> = new Set([false, 0, '', null, 'FORMAT_NONE', 'PRIORITY_DEFAULT']);

function isNeutral(content: LocatedContent, field: TritonField): boolean {
  if (isLocatedList(content)) return content.length === 0;
  if (isLocatedMap(content)) return content.size === 0 && !field.presenceCounts;
  return NEUTRAL_SCALARS.has(content);
}
