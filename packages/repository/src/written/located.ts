/**
 * What a configuration file says, value by value with its place, before anybody asks whether it makes sense. Each format
 * is parsed into this tree, so that everything after it (sugar, validation, messages) exists once.
 */
export interface Located {
  readonly content: LocatedContent;
  readonly place: Place;
}

export type LocatedContent = LocatedScalar | readonly Located[] | ReadonlyMap<string, Located>;

export type LocatedScalar = string | number | boolean | null;

export interface Place {
  /** From 1; 0 where the format has no lines. */
  readonly line: number;
  /** How the person called it, where that is not the name of the field: `instances` for `instance_group`; empty: as its parent. */
  readonly writtenAs?: string;
}

/** The empty place of formats without lines. */
export const NOWHERE: Place = { line: 0 };

export function isLocatedMap(content: LocatedContent): content is ReadonlyMap<string, Located> {
  return content instanceof Map;
}

export function isLocatedList(content: LocatedContent): content is readonly Located[] {
  return Array.isArray(content);
}

export function isLocatedScalar(content: LocatedContent): content is LocatedScalar {
  return content === null || typeof content !== 'object';
}
