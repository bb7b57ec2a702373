import type { Extent, GraphState } from './graph-memory.ts';

/** Pages of a snapshot begin at multiples of this in the file as in the memory, so that any system can map them. */
export const SNAPSHOT_PAGE_BYTES = 65_536;

export interface SnapshotHeader {
  readonly state: GraphState;
  /** First byte of the memory behind all extents. */
  readonly end: number;
  /** Slots that a repair must link around, then those that may be used at once: u32s behind the header. */
  readonly deadCount: number;
  readonly freeCount: number;
  readonly slotsCrc32: number;
}

/** A run of whole pages that hold extents, and where they lie in the file. */
export interface SnapshotRun extends Extent {
  readonly fileAt: number;
}

/** The runs of pages that the extents touch, in order, from `fileAt` on. */
export function runsOf(extents: readonly Extent[], fileAt: number): SnapshotRun[] {
  const runs: { at: number; bytes: number; fileAt: number }[] = [];
  let next = fileAt;
  for (const extent of inOrder(extents)) {
    const at = Math.floor(extent.at / SNAPSHOT_PAGE_BYTES) * SNAPSHOT_PAGE_BYTES;
    const end = Math.ceil((extent.at + extent.bytes) / SNAPSHOT_PAGE_BYTES) * SNAPSHOT_PAGE_BYTES;
    const last = runs.at(-1);
    const lastEnd = last === undefined ? -1 : last.at + last.bytes;
    const from = Math.max(at, lastEnd);
    if (end <= from) continue;
    if (last !== undefined && from === lastEnd) last.bytes += end - from;
    else runs.push({ at: from, bytes: end - from, fileAt: next });
    next += end - from;
  }
  return runs;
}

/** What lies between the extents, to be used by searches. */
export function holesBetween(extents: readonly Extent[], end: number): Extent[] {
  const holes: Extent[] = [];
  // The first bytes stay unused, so that 0 is nobody's address.
  let at = 1024;
  for (const extent of inOrder(extents)) {
    const aligned = Math.ceil(at / 64) * 64;
    if (extent.at > aligned) holes.push({ at: aligned, bytes: extent.at - aligned });
    at = extent.at + extent.bytes;
  }
  return holes.filter((hole) => hole.at + hole.bytes <= end);
}

export function inOrder(extents: readonly Extent[]): Extent[] {
  return [...extents].sort((a, b) => a.at - b.at);
}
