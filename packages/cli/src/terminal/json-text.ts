/**
 * One JSON document with a newline: objects indented, lists of single values on one line. 64-bit integers keep every digit as JSON
 * numbers; NaN and the infinities, which JSON lacks, become the strings "NaN", "Infinity" and "-Infinity".
 */
export function jsonText(value: unknown): string {
  return `${render(value, '')}\n`;
}

/** As `jsonText`, on one line and without the newline. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, replaceUnwritable) ?? 'undefined';
}

function render(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return jsonLine(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const isFlat = value.every((element) => typeof element !== 'object' || element === null);
    if (isFlat) return `[${value.map((element) => jsonLine(element)).join(', ')}]`;
    return `[\n${value.map((element) => inner + render(element, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, entry]) => `${inner}${JSON.stringify(key)}: ${render(entry, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

interface RawJson {
  rawJSON(text: string): unknown;
}

function replaceUnwritable(_key: string, value: unknown): unknown {
  // JSON.rawJSON is in Node 24 (V8 11.4); the library types do not have it yet.
  if (typeof value === 'bigint') return (JSON as unknown as RawJson).rawJSON(String(value));
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
