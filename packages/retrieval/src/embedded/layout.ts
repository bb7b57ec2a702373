import type { VectorMetric, VectorStorage } from '../index-options.ts';

/** Where everything lies in the memory that the kernel searches; the other half is kernel/layout.as. */
export const HEADER_BYTES = 256;
export const BLOCK_SLOTS = 4096;
export const LABEL_PAGE_LABELS = 65_536;
export const LABEL_ROOT_BYTES = 65_536 * 4;

/** Byte offsets in the header. */
export const HEADER = Object.freeze({
  dimensions: 0,
  codeBytes: 4,
  storage: 8,
  metric: 12,
  normalise: 16,
  linksMax: 20,
  upperLinksMax: 24,
  effort: 28,
  recordStride: 32,
  linkStride: 36,
  vectorStride: 40,
  linksAt: 44,
  vectorsAt: 48,
  blockTable: 52,
  labelTable: 56,
  entry: 60,
  slotCount: 68,
});

/** Byte offsets in a search request. */
export const REQUEST = Object.freeze({
  cancel: 0,
  k: 4,
  width: 8,
  widthMax: 12,
  plan: 16,
  filter: 20,
  filterWords: 24,
  excluded: 28,
  excludedCount: 32,
  rerank: 36,
  target: 40,
  query: 44,
  out: 48,
  found: 52,
  widenings: 56,
  expansions: 60,
  usedPlan: 64,
  bytes: 80,
});

/** Bits of the first word of a slot's links. */
export const DEAD = 2;

export interface GraphShape {
  readonly dimensions: number;
  readonly metric: VectorMetric;
  readonly storage: VectorStorage;
  /** Links of a slot at level 0, and half of it above. */
  readonly linksMax: number;
  /** Beam width while building. */
  readonly effort: number;
}

export interface GraphLayout {
  readonly codeBytes: number;
  readonly recordStride: number;
  readonly linkStride: number;
  readonly vectorStride: number;
  readonly linksAt: number;
  readonly vectorsAt: number;
  readonly blockBytes: number;
  readonly upperLinksMax: number;
}

export function layoutOf(shape: GraphShape): GraphLayout {
  const codeBytes = roundUp(shape.dimensions, 16);
  const recordStride = codeBytes + 16;
  const linkStride = 8 + shape.linksMax * 4;
  const componentBytes = { float32: 4, float16: 2, int8: 0 }[shape.storage];
  const vectorStride = roundUp(shape.dimensions, 8) * componentBytes;
  const linksAt = BLOCK_SLOTS * recordStride;
  const vectorsAt = roundUp(linksAt + BLOCK_SLOTS * linkStride, 16);
  return {
    codeBytes,
    recordStride,
    linkStride,
    vectorStride,
    linksAt,
    vectorsAt,
    blockBytes: vectorsAt + BLOCK_SLOTS * vectorStride,
    upperLinksMax: shape.linksMax / 2,
  };
}

/** Bytes that one more item takes, label and links of upper levels not counted. */
export function itemBytes(shape: GraphShape): number {
  return layoutOf(shape).blockBytes / BLOCK_SLOTS;
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
