import { DATA_TYPES } from '@rangefinder/tensor';
import type { FeatureSpec, FeatureViewSpec } from '../feature-reader.ts';

/**
 * One entity's features of one view as bytes, little-endian, a multiple of 8 long:
 *
 *     0   u8   magic 0x52
 *     1   u8   version 1 in the high half; flags in the low half (1: each feature has its own event time)
 *     2   u16  features in this row, n
 *     4   u32  checksum of everything from byte 8
 *     8   u32  length of the row
 *     12  u32  hash of the view's name and its first n features
 *     16  f64  newest event time, ms since the epoch
 *     24       bitmap of the n features, 8 bytes for each 64: 1 where there is a value
 *         f64  × n, event time of each feature, 0 for never written; only with flag 1
 *              fixed section: scalars and vectors in place; lists and BYTES as u32 offset, u32 count
 *              variable section: what these point to, from its start
 *
 * Features lie in the order of their declaration, each at its natural alignment. So the row of a view is a prefix of the
 * row of the same view with features appended, and rows written before stay readable: what they lack is NULL. Any other
 * change gives another hash, and such rows are refused, never misread.
 */
export const ROW_MAGIC = 0x52;
export const ROW_VERSION = 1;
export const ROW_FLAG_OWN_TIMES = 1;
export const ROW_HEADER_BYTES = 24;
/** Offset and count of a value in the variable section. */
export const POINTER_BYTES = 8;

export interface FeatureSlot {
  readonly spec: FeatureSpec;
  readonly index: number;
  /** Where it lies from the start of the fixed section, and how long it is there. */
  readonly offset: number;
  readonly fixedBytes: number;
  readonly variable: boolean;
  /** 0 for BYTES. */
  readonly elementBits: number;
  /** Elements a row takes in a column. */
  readonly width: number;
}

export interface RowLayout {
  readonly view: string;
  readonly slots: readonly FeatureSlot[];
  /** [n]: hash of the first n features. */
  readonly prefixHashes: Uint32Array;
  /** [n]: length of the fixed section of n features, a multiple of 8. */
  readonly prefixBytes: Uint32Array;
}

export function rowLayout({ name, features }: Pick<FeatureViewSpec, 'name' | 'features'>): RowLayout {
  const prefixHashes = new Uint32Array(features.length + 1);
  const prefixBytes = new Uint32Array(features.length + 1);
  let hash = hashText(0x811c_9dc5, name);
  prefixHashes[0] = hash;
  let end = 0;
  const slots = features.map((spec, index): FeatureSlot => {
    const slot = slotOf(spec, index, end);
    end = slot.offset + slot.fixedBytes;
    hash = hashText(hash, `\u0000${spec.name}\u0000${spec.dataType}\u0000${containerText(spec)}`);
    prefixHashes[index + 1] = hash;
    prefixBytes[index + 1] = alignedTo(end, 8);
    return slot;
  });
  return { view: name, slots, prefixHashes, prefixBytes };
}

export function bitmapBytes(features: number): number {
  return Math.ceil(features / 64) * 8;
}

export function alignedTo(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function slotOf(spec: FeatureSpec, index: number, end: number): FeatureSlot {
  const elementBits = DATA_TYPES[spec.dataType].bits;
  const width = spec.container?.maxLength ?? 1;
  const variable = elementBits === 0 || spec.container?.kind === 'list';
  const fixedBytes = variable ? POINTER_BYTES : Math.ceil((width * elementBits) / 8);
  const alignment = variable ? 4 : Math.min(8, Math.max(1, elementBits / 8));
  return { spec, index, offset: alignedTo(end, alignment), fixedBytes, variable, elementBits, width };
}

/** A list may grow without its rows changing; a vector may not. */
function containerText({ container }: FeatureSpec): string {
  if (container === undefined) return '';
  return container.kind === 'list' ? 'list' : `vector ${container.maxLength}`;
}

/** FNV-1a over UTF-16 code units. Source: Fowler, Noll, Vo; public domain. */
function hashText(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}
