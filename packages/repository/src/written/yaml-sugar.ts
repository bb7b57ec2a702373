import { schemaNode, type SchemaNode } from '@rangefinder/base';
import { CONFIG_DATA_TYPES, toConfigDataType } from '../config-data-type.ts';
import { isDataType } from '@rangefinder/tensor';
import { writtenConfigSchema } from '../schema/model-config-schema.ts';
import { fieldOf, mapValue, schemaAt } from '../schema/schema-shape.ts';
import { microsecondsOf } from './duration.ts';
import { isLocatedList, isLocatedMap, isLocatedScalar, type Located } from './located.ts';
import { SyntaxProblem } from './written-problem.ts';

/** Friendlier names at the top of `model.yaml` → the field each stands for. */
export const SUGAR_FIELDS: Readonly<Record<string, string>> = {
  inputs: 'input',
  outputs: 'output',
  instances: 'instance_group',
  versions: 'version_policy',
  warmup: 'model_warmup',
};

/** Rewrites the friendlier forms of `model.yaml` into the shapes of Triton's fields. Throws SyntaxProblem for a field given twice. */
export function withoutSugar(root: Located): Located {
  return rewrite(rewriteTop(root), schemaNode(writtenConfigSchema), '');
}

function rewriteTop(root: Located): Located {
  if (!isLocatedMap(root.content)) return root;
  const content = new Map<string, Located>();
  for (const [key, value] of root.content) {
    const field = Object.hasOwn(SUGAR_FIELDS, key) ? SUGAR_FIELDS[key]! : key;
    const earlier = content.get(field);
    if (earlier !== undefined) {
      const other = earlier.place.writtenAs ?? field;
      throw new SyntaxProblem(
        value.place.line,
        0,
        `${key}: the same as ${other} of line ${earlier.place.line}; expected one of them`,
      );
    }
    const placed = field === key ? value : { ...value, place: { ...value.place, writtenAs: key } };
    const rewritten = rewriteField(field, placed);
    if (rewritten !== undefined) content.set(field, rewritten);
  }
  return { content, place: root.place };
}

function rewriteField(field: string, value: Located): Located | undefined {
  const { content, place } = value;
  switch (field) {
    case 'instance_group':
      return typeof content === 'number' ? list(value, map(value, [['count', value]])) : value;
    case 'version_policy':
      return versionPolicy(value);
    case 'model_warmup':
      return content === 'zero' || content === 'random'
        ? list(
            value,
            map(value, [
              ['name', { content, place }],
              ['fill', { content, place }],
            ]),
          )
        : content === true || content === false
          ? { content: content ? [map(value, [])] : [], place }
          : value;
    case 'response_cache':
      return typeof content === 'boolean' ? map(value, [['enable', value]]) : value;
    default:
      return value;
  }
}

/** `latest`, `latest 3`, `all`, `2` or `[1, 3]`. */
function versionPolicy(value: Located): Located {
  const { content } = value;
  if (isLocatedList(content) || typeof content === 'number') {
    const versions = isLocatedList(content) ? value : list(value, value);
    return map(value, [['specific', map(value, [['versions', versions]])]]);
  }
  if (typeof content !== 'string') return value;
  if (content === 'all') return map(value, [['all', map(value, [])]]);
  const latest = /^latest(?: (\d{1,9}))?$/.exec(content);
  if (latest === null) return value;
  const count = { content: Number(latest[1] ?? 1), place: value.place };
  return map(value, [['latest', map(value, [['num_versions', count]])]]);
}

/** The forms that are allowed anywhere, by what the schema wants there. */
function rewrite(value: Located, schema: SchemaNode | undefined, name: string): Located {
  const { content, place } = value;
  if (schema?.type === 'array') {
    const items = isLocatedList(content) ? content : content === null ? [] : [value];
    return { content: items.map((item) => rewrite(item, schema.items, name)), place };
  }
  if (isLocatedList(content)) return value;
  if (isLocatedMap(content)) return rewriteMessage(content, value, schema);
  return isLocatedScalar(content) ? { content: rewriteScalar(content, schema, name), place } : value;
}

function rewriteMessage(
  content: ReadonlyMap<string, Located>,
  value: Located,
  schema: SchemaNode | undefined,
): Located {
  const rewritten = new Map<string, Located>();
  for (const [key, child] of content) {
    const field =
      fieldOf(schema, key) === undefined && fieldOf(schema, `${key}_microseconds`) !== undefined
        ? `${key}_microseconds`
        : key;
    const earlier = rewritten.get(field);
    if (earlier !== undefined) {
      const other = earlier.place.writtenAs ?? field;
      throw new SyntaxProblem(
        child.place.line,
        0,
        `${key}: the same as ${other} of line ${earlier.place.line}; expected one of them`,
      );
    }
    const placed = field === key ? child : { ...child, place: { ...child.place, writtenAs: key } };
    const sized =
      key === 'parameters' && mapValue(fieldOf(schema, key))?.properties !== undefined ? parameters(placed) : placed;
    // `dynamic_batching:` with nothing after it, or with true, asks for the defaults; false stays, and refuses them.
    const asked = key === 'dynamic_batching' && (sized.content === null || sized.content === true);
    rewritten.set(field, asked ? map(sized, []) : rewrite(sized, schemaAt(schema, field), field));
  }
  return { content: rewritten, place: value.place };
}

/** `{threads: 2}` → `{threads: {string_value: "2"}}`. */
function parameters(value: Located): Located {
  if (!isLocatedMap(value.content)) return value;
  const content = new Map<string, Located>();
  for (const [key, child] of value.content) {
    const scalar = child.content;
    if (!isLocatedScalar(scalar) || scalar === null) content.set(key, child);
    else content.set(key, map(child, [['string_value', { content: String(scalar), place: child.place }]]));
  }
  return { content, place: value.place };
}

function rewriteScalar(
  content: string | number | boolean | null,
  schema: SchemaNode | undefined,
  name: string,
): Located['content'] {
  if (typeof content === 'string' && name.endsWith('_microseconds')) return microsecondsOf(content) ?? content;
  if (typeof content === 'string' && schema?.enum !== undefined) return enumWord(content, schema.enum);
  // A version or a class may look like a number; where text is wanted, text is what was meant.
  if (schema?.type === 'string' && typeof content === 'number') return String(content);
  return content;
}

function enumWord(word: string, allowed: readonly (string | number)[]): string {
  if (allowed.includes(word)) return word;
  const upper = word.toUpperCase();
  if (allowed.includes(CONFIG_DATA_TYPES[0]!)) {
    if (isDataType(upper)) return toConfigDataType(upper);
    if (upper === 'STRING') return 'TYPE_STRING';
  }
  for (const candidate of [upper, `KIND_${upper}`]) if (allowed.includes(candidate)) return candidate;
  return word;
}

function map(at: Located, entries: readonly (readonly [string, Located])[]): Located {
  return { content: new Map(entries.map(([key, value]) => [key, asParent(value)])), place: at.place };
}

function list(at: Located, item: Located): Located {
  return { content: [asParent(item)], place: at.place };
}

/** What sugar makes is called as the person called the sugar. */
function asParent(value: Located): Located {
  return { content: value.content, place: { ...value.place, writtenAs: '' } };
}
