import { listOf, recordOf, scaleOf, biasOf } from './layout';
import { queryProduct } from './similarity';

// The beam: the best slots seen so far, best first, as u64 words: score in sortable form << 32 | slot << 1 | expanded.
// A sorted array beats two heaps at the widths used here: one predictable loop to insert, no second heap to expand from.

export let beam: u32 = 0;
export let beamCount: u32 = 0;
export let visited: u32 = 0;
let visitedBytes: u32 = 0;
let epoch: u32 = 0;
export let gathered: u32 = 0;
let gatheredScores: u32 = 0;
export let queryCodes: u32 = 0;
export let queryScale: f32 = 0;
export let expansions: u32 = 0;
/** Sum of the first bytes of what is about to be read: asking for them early is the nearest thing to a prefetch. */
export let prefetched: u32 = 0;

export function placeBeam(beamAt: u32, gatheredAt: u32, codesAt: u32): void {
  beam = beamAt;
  gathered = gatheredAt;
  gatheredScores = gatheredAt + 4 * 1024;
  queryCodes = codesAt;
}

export function placeVisited(at: u32, bytes: u32): void {
  visited = at;
  visitedBytes = bytes;
  memory.fill(at, 0, bytes);
  epoch = 0;
}

export function setQueryScale(scale: f32): void {
  queryScale = scale;
}

// @ts-ignore: decorator
@inline function sortable(score: f32): u64 {
  const bits = reinterpret<i32>(score);
  // Flips negatives so that unsigned order is numeric order.
  return <u64>(<u32>(bits ^ ((bits >> 31) | 0x80000000)));
}
export function scoreOf(word: u64): f32 {
  const bits = <u32>(word >> 32);
  return reinterpret<f32>(bits & 0x80000000 ? bits ^ 0x80000000 : ~bits);
}
// @ts-ignore: decorator
@inline export function wordOf(score: f32, slot: u32): u64 {
  return (sortable(score) << 32) | (<u64>slot << 1);
}
// @ts-ignore: decorator
@inline export function slotOfWord(word: u64): u32 {
  return <u32>(word & 0xffffffff) >> 1;
}
// @ts-ignore: decorator
@inline export function beamWord(i: u32): u64 {
  return load<u64>(beam + (i << 3));
}

export function clearBeam(): void {
  beamCount = 0;
}

export function clearVisited(): void {
  epoch++;
  if (epoch > 255) {
    memory.fill(visited, 0, visitedBytes);
    epoch = 1;
  }
}

export function visit(slot: u32): bool {
  const seen = load<u8>(visited + slot) == epoch;
  store<u8>(visited + slot, epoch);
  return !seen;
}

/** Puts a word where it belongs and drops the worst beyond `width`. Returns the position, or `width` when it is too bad. */
export function insertIntoBeam(word: u64, width: u32): u32 {
  let low: u32 = 0;
  let high = beamCount;
  if (high == width) {
    if (word <= beamWord(high - 1)) return width;
    high--;
  } else {
    beamCount = high + 1;
  }
  let at = high;
  // The words behind the place move on by one, from the end.
  while (low < high) {
    const middle = (low + high) >> 1;
    const better = beamWord(middle) > word;
    low = better ? middle + 1 : low;
    high = better ? high : middle;
  }
  while (at >= low + 2) {
    v128.store(beam + ((at - 1) << 3), v128.load(beam + ((at - 2) << 3)));
    at -= 2;
  }
  if (at > low) store<u64>(beam + (at << 3), beamWord(at - 1));
  store<u64>(beam + (low << 3), word);
  return low;
}

/** Asks for a slot's record before it is needed. */
// @ts-ignore: decorator
@inline export function touch(slot: u32): void {
  const record = recordOf(slot);
  prefetched += load<u8>(record) + load<u8>(record, 64);
}

/** Scores the first `count` gathered slots and offers them to the beam. */
export function offerGathered(count: u32, width: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    store<f32>(gatheredScores + (i << 2), scoreSlot(load<u32>(gathered + (i << 2))));
  }
  for (let i: u32 = 0; i < count; i++) {
    insertIntoBeam(wordOf(load<f32>(gatheredScores + (i << 2)), load<u32>(gathered + (i << 2))), width);
  }
}

export function scoreSlot(slot: u32): f32 {
  const record = recordOf(slot);
  return queryScale * scaleOf(record) * f32(queryProduct(queryCodes, record)) + biasOf(record);
}

/** Unvisited neighbours of a slot, with their scores; the three loops let the memory reads of many vectors overlap. */
function gatherNeighbours(slot: u32, level: i32): u32 {
  const list = listOf(slot, level);
  const count = atomic.load<u32>(list);
  let found: u32 = 0;
  let touched: u32 = 0;
  for (let i: u32 = 1; i <= count; i++) {
    const neighbour = load<u32>(list + (i << 2));
    const at = visited + neighbour;
    const record = recordOf(neighbour);
    touched += load<u8>(record) + load<u8>(record, 64);
    const fresh = load<u8>(at) != epoch;
    store<u8>(at, epoch);
    store<u32>(gathered + (found << 2), neighbour);
    found += u32(fresh);
  }
  prefetched = touched;
  for (let i: u32 = 0; i < found; i++) {
    store<f32>(gatheredScores + (i << 2), scoreSlot(load<u32>(gathered + (i << 2))));
  }
  return found;
}

/** Walks a level from what is in the beam until the best `width` are all expanded. Stops early when `cancel` is set. */
export function walk(level: i32, width: u32, cancel: u32): void {
  let next: u32 = 0;
  while (next < beamCount) {
    const word = beamWord(next);
    if ((word & 1) != 0) {
      next++;
      continue;
    }
    store<u64>(beam + (next << 3), word | 1);
    expansions++;
    if (cancel != 0 && atomic.load<u32>(cancel) != 0) return;
    const found = gatherNeighbours(slotOfWord(word), level);
    let lowest = next + 1;
    for (let i: u32 = 0; i < found; i++) {
      const score = load<f32>(gatheredScores + (i << 2));
      const at = insertIntoBeam(wordOf(score, load<u32>(gathered + (i << 2))), width);
      lowest = min(lowest, at);
    }
    next = lowest;
  }
}

/** From `slot` down to, not into, `bottom`: to the best neighbour while there is a better one. */
export function descend(slot: u32, top: i32, bottom: i32): u32 {
  let best = slot;
  let bestScore = scoreSlot(slot);
  for (let level = top; level > bottom; level--) {
    let moved = true;
    while (moved) {
      moved = false;
      const list = listOf(best, level);
      const count = atomic.load<u32>(list);
      for (let i: u32 = 1; i <= count; i++) {
        const neighbour = load<u32>(list + (i << 2));
        const score = scoreSlot(neighbour);
        if (score > bestScore) {
          bestScore = score;
          best = neighbour;
          moved = true;
        }
      }
    }
  }
  return best;
}
