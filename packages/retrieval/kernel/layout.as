// Where everything lies in the shared linear memory. Mirrored by src/embedded/layout.ts; JavaScript allocates, this code never does.
//
//   header      the u32 fields below
//   block       4,096 slots: records, then level-0 link lists, then raw vectors
//     record      codes (int8, padded to 16) | scale f32 | bias f32 | label u32 | upper u32
//     links       state u32 (bit 0 lock, bit 1 dead) | count u32 | slot u32 × linksMax
//     vector      float32 or float16, padded to 16 bytes; absent for int8 storage
//   upper       level u32 | for each level from 1: count u32 | slot u32 × upperLinksMax
//   label page  65,536 × u32: slot + 1, or 0 for none. A slot is live when its label's entry points at it.

// @ts-ignore: decorator
@inline export const BLOCK_SHIFT: u32 = 12;
// @ts-ignore: decorator
@inline export const BLOCK_MASK: u32 = 4095;

// Read once by attach(); instance globals are thread-local.
export let dims: u32 = 0;
export let codeBytes: u32 = 0;
export let storage: u32 = 0; // 0 float32, 1 float16, 2 int8
export let metric: u32 = 0; // 0 inner product and cosine, 1 L2
export let normalise: u32 = 0;
export let linksMax: u32 = 0;
export let upperLinksMax: u32 = 0;
export let effort: u32 = 0; // beam width while building
export let recordStride: u32 = 0;
export let linkStride: u32 = 0;
export let vectorStride: u32 = 0;
export let linksAt: u32 = 0;
export let vectorsAt: u32 = 0;
export let blockTable: u32 = 0;
export let labelTable: u32 = 0;
export let header: u32 = 0;

export const ENTRY: u32 = 60; // slot + 1 of the entry point, 0 while empty
export const ENTRY_LOCK: u32 = 64;
export const SLOT_COUNT: u32 = 68;

export function readHeader(at: u32): void {
  header = at;
  dims = load<u32>(at);
  codeBytes = load<u32>(at, 4);
  storage = load<u32>(at, 8);
  metric = load<u32>(at, 12);
  normalise = load<u32>(at, 16);
  linksMax = load<u32>(at, 20);
  upperLinksMax = load<u32>(at, 24);
  effort = load<u32>(at, 28);
  recordStride = load<u32>(at, 32);
  linkStride = load<u32>(at, 36);
  vectorStride = load<u32>(at, 40);
  linksAt = load<u32>(at, 44);
  vectorsAt = load<u32>(at, 48);
  blockTable = load<u32>(at, 52);
  labelTable = load<u32>(at, 56);
}

// @ts-ignore: decorator
@inline function blockOf(slot: u32): u32 {
  return load<u32>(blockTable + ((slot >> BLOCK_SHIFT) << 2));
}
// @ts-ignore: decorator
@inline export function recordOf(slot: u32): u32 {
  return blockOf(slot) + (slot & BLOCK_MASK) * recordStride;
}
// @ts-ignore: decorator
@inline export function linksOf(slot: u32): u32 {
  return blockOf(slot) + linksAt + (slot & BLOCK_MASK) * linkStride;
}
// @ts-ignore: decorator
@inline export function vectorOf(slot: u32): u32 {
  return blockOf(slot) + vectorsAt + (slot & BLOCK_MASK) * vectorStride;
}
// @ts-ignore: decorator
@inline export function scaleOf(record: u32): f32 {
  return load<f32>(record + codeBytes);
}
// @ts-ignore: decorator
@inline export function biasOf(record: u32): f32 {
  return load<f32>(record + codeBytes, 4);
}
// @ts-ignore: decorator
@inline export function labelOf(record: u32): u32 {
  return load<u32>(record + codeBytes, 8);
}
export function levelOf(slot: u32): i32 {
  const upper = load<u32>(recordOf(slot) + codeBytes, 12);
  return upper == 0 ? 0 : load<i32>(upper);
}
/** The list of a level: its count word, with the slots behind it. */
// @ts-ignore: decorator
@inline export function listOf(slot: u32, level: i32): u32 {
  if (level == 0) return linksOf(slot) + 4;
  return load<u32>(recordOf(slot) + codeBytes, 12) + 4 + (level - 1) * (4 + (upperLinksMax << 2));
}
// @ts-ignore: decorator
@inline export function isDead(slot: u32): bool {
  return (atomic.load<u32>(linksOf(slot)) & 2) != 0;
}
export function slotOfLabel(label: u32): u32 {
  const page = atomic.load<u32>(labelTable + ((label >> 16) << 2));
  return page == 0 ? 0 : atomic.load<u32>(page + ((label & 0xffff) << 2));
}
export function lock(slot: u32): void {
  const at = linksOf(slot);
  while ((atomic.or<u32>(at, 1) & 1) != 0) {}
}
export function unlock(slot: u32): void {
  atomic.and<u32>(linksOf(slot), 0xfffffffe);
}
