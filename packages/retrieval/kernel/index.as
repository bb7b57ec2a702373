import {
  ENTRY, SLOT_COUNT, header, readHeader, effort, labelOf, levelOf, linksOf, recordOf, slotOfLabel, dims, isDead, biasOf,
} from './layout';
import { exactScore } from './similarity';
import { encodeItem, encodeQuery, toUnit } from './encoding';
import * as beams from './beam';
import { linkSlot, placeLinking, repairSlot } from './linking';

// Search, and the functions that JavaScript calls. A request is a block of u32 fields, see src/embedded/layout.ts.

const CANCEL: u32 = 0;
const K: u32 = 4;
const WIDTH: u32 = 8;
const WIDTH_MAX: u32 = 12;
const PLAN: u32 = 16; // 0 graph, 1 the filter's items, 2 all items
const FILTER: u32 = 20;
const FILTER_WORDS: u32 = 24;
const EXCLUDED: u32 = 28;
const EXCLUDED_COUNT: u32 = 32;
const RERANK: u32 = 36;
const TARGET: u32 = 40;
const QUERY: u32 = 44;
const OUT: u32 = 48; // u64 words of room for max(k, rerank); ids and scores are left in it
const FOUND: u32 = 52;
const WIDENINGS: u32 = 56;
const EXPANSIONS: u32 = 60;
const USED_PLAN: u32 = 64;

let excluded: u32 = 0;
let excludedBytes: u32 = 0;
let querySquare: f32 = 0;

/** Ties this thread's instance to an index and to scratch memory of its own. */
export function attach(headerAt: u32, beamAt: u32, gatheredAt: u32, codesAt: u32, chosenAt: u32, poolAt: u32): void {
  readHeader(headerAt);
  beams.placeBeam(beamAt, gatheredAt, codesAt);
  placeLinking(chosenAt, poolAt);
}

/** Marks, one byte a slot each, for visited and for excluded slots. */
export function attachMarks(visitedAt: u32, excludedAt: u32, bytes: u32): void {
  beams.placeVisited(visitedAt, bytes);
  excluded = excludedAt;
  excludedBytes = bytes;
  memory.fill(excludedAt, 0, bytes);
}

/** Encodes and links `count` items: slots at `slotsAt`, float32 vectors one after the other at `source`. */
export function insertItems(slotsAt: u32, source: u32, count: u32, stride: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const slot = load<u32>(slotsAt + (i << 2));
    encodeItem(source + i * stride, slot);
    linkSlot(slot);
  }
}

/** Repairs the lists of the live slots in [from, to). */
export function repairItems(from: u32, to: u32): void {
  for (let slot = from; slot < to; slot++) if (!isDead(slot)) repairSlot(slot);
}

/** Marks the slots of the excluded ids, and leaves slot + 1 in place of each id: by the end its id may have moved on. */
function markExcluded(request: u32): void {
  const at = load<u32>(request, EXCLUDED);
  const count = load<u32>(request, EXCLUDED_COUNT);
  for (let i: u32 = 0; i < count; i++) {
    let slot = slotOfLabel(load<u32>(at + (i << 2)));
    if (slot > excludedBytes) slot = 0;
    store<u32>(at + (i << 2), slot);
    if (slot != 0) store<u8>(excluded + slot - 1, 1);
  }
}

function unmarkExcluded(request: u32): void {
  const at = load<u32>(request, EXCLUDED);
  const count = load<u32>(request, EXCLUDED_COUNT);
  for (let i: u32 = 0; i < count; i++) {
    const slot = load<u32>(at + (i << 2));
    if (slot != 0) store<u8>(excluded + slot - 1, 0);
  }
}

function passes(request: u32, slot: u32): bool {
  const label = labelOf(recordOf(slot));
  if (slotOfLabel(label) != slot + 1) return false;
  if (load<u8>(excluded + slot) != 0) return false;
  const filter = load<u32>(request, FILTER);
  if (filter == 0) return true;
  const word = label >> 5;
  if (word >= load<u32>(request, FILTER_WORDS)) return false;
  return ((load<u32>(filter + (word << 2)) >> (label & 31)) & 1) != 0;
}

function offer(slot: u32, width: u32): void {
  beams.insertIntoBeam(beams.wordOf(beams.scoreSlot(slot), slot), width);
}

function scanAll(request: u32, width: u32): void {
  const count = atomic.load<u32>(header + SLOT_COUNT);
  for (let slot: u32 = 0; slot < count; slot++) {
    if ((slot & 1023) == 0 && atomic.load<u32>(request + CANCEL) != 0) return;
    if (passes(request, slot)) offer(slot, width);
  }
}

/** In groups of 32, so that the memory reads of many items overlap. */
function scanFilter(request: u32, width: u32): void {
  const filter = load<u32>(request, FILTER);
  const words = load<u32>(request, FILTER_WORDS);
  let found: u32 = 0;
  for (let w: u32 = 0; w < words; w++) {
    if ((w & 255) == 0 && atomic.load<u32>(request + CANCEL) != 0) return;
    let bits = load<u32>(filter + (w << 2));
    while (bits != 0) {
      const slot = slotOfLabel((w << 5) | ctz(bits));
      bits &= bits - 1;
      if (slot == 0 || load<u8>(excluded + slot - 1) != 0) continue;
      store<u32>(beams.gathered + (found++ << 2), slot - 1);
      beams.touch(slot - 1);
      if (found == 32) {
        beams.offerGathered(found, width);
        found = 0;
      }
    }
  }
  beams.offerGathered(found, width);
}

function searchGraph(request: u32, width: u32): void {
  const entry = atomic.load<u32>(header + ENTRY);
  if (entry == 0) return;
  beams.clearVisited();
  const start = beams.descend(entry - 1, levelOf(entry - 1), 0);
  beams.visit(start);
  offer(start, width);
  beams.walk(0, width, request + CANCEL);
}

/** Takes the best that pass out of the beam, scores them exactly and leaves the best k in the request. */
function settle(request: u32, limit: u32): u32 {
  const out = load<u32>(request, OUT);
  const query = load<u32>(request, QUERY);
  let found: u32 = 0;
  for (let i: u32 = 0; i < beams.beamCount && found < limit; i++) {
    const slot = beams.slotOfWord(beams.beamWord(i));
    if (!passes(request, slot)) continue;
    const score = exactScore(query, beams.queryCodes, beams.queryScale, querySquare, slot);
    // Equal scores: the lower id first.
    const word = (beams.wordOf(score, 0) & 0xffffffff00000000) | <u64>(~labelOf(recordOf(slot)));
    let at = found++;
    while (at > 0 && load<u64>(out + ((at - 1) << 3)) < word) {
      store<u64>(out + (at << 3), load<u64>(out + ((at - 1) << 3)));
      at--;
    }
    store<u64>(out + (at << 3), word);
  }
  return found;
}

/** Rewrites the words as label and score, side by side. */
function publish(request: u32, found: u32): void {
  const out = load<u32>(request, OUT);
  const count = min(found, load<u32>(request, K));
  for (let i: u32 = 0; i < count; i++) {
    const at = out + (i << 3);
    const word = load<u64>(at);
    store<u32>(at, ~(<u32>word));
    store<f32>(at, beams.scoreOf(word), 4);
  }
  store<u32>(request, count, FOUND);
}

export function search(request: u32): void {
  const query = load<u32>(request, QUERY);
  querySquare = toUnit(query);
  beams.setQueryScale(encodeQuery(query, beams.queryCodes));
  markExcluded(request);
  const rerank = load<u32>(request, RERANK);
  const target = load<u32>(request, TARGET);
  const widthMax = load<u32>(request, WIDTH_MAX);
  let width = load<u32>(request, WIDTH);
  let plan = load<u32>(request, PLAN);
  let found: u32 = 0;
  let widenings: u32 = 0;
  const before = beams.expansions;
  while (atomic.load<u32>(request + CANCEL) == 0) {
    beams.clearBeam();
    if (plan == 0) searchGraph(request, width);
    else if (plan == 1) scanFilter(request, rerank);
    else scanAll(request, rerank);
    found = settle(request, rerank);
    if (plan != 0 || found >= target) break;
    widenings++;
    width <<= 1;
    if (width > widthMax) plan = load<u32>(request, FILTER) == 0 ? 2 : 1;
  }
  unmarkExcluded(request);
  publish(request, found);
  store<u32>(request, widenings, WIDENINGS);
  store<u32>(request, beams.expansions - before, EXPANSIONS);
  store<u32>(request, plan, USED_PLAN);
}
