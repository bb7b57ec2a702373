import type { ParsedFilter } from './parsed-filter.ts';

/**
 * One form for filters that say the same by structure: nested and/or are flattened, parts are sorted and deduplicated,
 * double negations go. What remains different still gives the same set, since the set is all that a search sees.
 */
export function normaliseFilter(filter: ParsedFilter): ParsedFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return normaliseParts(filter.kind, filter.parts.map(normaliseFilter));
    case 'not': {
      const part = normaliseFilter(filter.part);
      if (part.kind === 'not') return part.part;
      if (part.kind === 'all') return { kind: 'none' };
      if (part.kind === 'none') return { kind: 'all' };
      return { kind: 'not', part };
    }
    default:
      return filter;
  }
}

/** A text that equal filters share: the key under which a compiled filter is kept. */
export function canonicalText(filter: ParsedFilter): string {
  // JSON has no infinities, and null would stand for both.
  return JSON.stringify(filter, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

function normaliseParts(kind: 'and' | 'or', parts: readonly ParsedFilter[]): ParsedFilter {
  const neutral = kind === 'and' ? 'all' : 'none';
  const absorbing = kind === 'and' ? 'none' : 'all';
  const byText = new Map<string, ParsedFilter>();
  for (const part of parts.flatMap((part) => (part.kind === kind ? part.parts : [part]))) {
    if (part.kind === absorbing) return part;
    if (part.kind !== neutral) byText.set(canonicalText(part), part);
  }
  const sorted = [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
  if (sorted.length === 0) return { kind: neutral };
  return sorted.length === 1 ? sorted[0]! : { kind, parts: sorted };
}
