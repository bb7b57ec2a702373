import {
  ENTRY, ENTRY_LOCK, header, effort, linksMax, upperLinksMax, codeBytes, isDead, levelOf, linksOf, listOf, lock, recordOf,
  unlock, scaleOf, biasOf,
} from './layout';
import { between } from './similarity';
import * as beams from './beam';

// Building the graph (HNSW: Malkov and Yashunin, https://arxiv.org/abs/1603.09320). Threads link concurrently: a list is
// written under its slot's lock and read without, since whatever a reader sees in it is a slot that is completely written.

let chosen: u32 = 0;
let pool: u32 = 0;

export function placeLinking(chosenAt: u32, poolAt: u32): void {
  chosen = chosenAt;
  pool = poolAt;
}

function loadOwnQuery(slot: u32): void {
  const record = recordOf(slot);
  for (let i: u32 = 0; i < codeBytes; i++) store<i16>(beams.queryCodes + (i << 1), load<i8>(record + i));
  beams.setQueryScale(scaleOf(record));
}

/**
 * From the beam, best first, the slots that are closer to the centre than to any chosen one (the paper's algorithm 4); what
 * room is left goes to the best of the rest, which keeps clustered data connected. Dead slots and the centre are left out.
 */
function choose(centre: u32, limit: u32): u32 {
  const centreBias = biasOf(recordOf(centre));
  let count: u32 = 0;
  let rest: u32 = 0;
  for (let i: u32 = 0; i < beams.beamCount && count < limit; i++) {
    const word = beams.beamWord(i);
    const slot = beams.slotOfWord(word);
    if (slot == centre || isDead(slot)) continue;
    const toCentre = beams.scoreOf(word) - biasOf(recordOf(slot)) + centreBias;
    let keep = true;
    for (let j: u32 = 0; j < count; j++) {
      if (between(slot, load<u32>(chosen + (j << 2))) > toCentre) {
        keep = false;
        break;
      }
    }
    if (keep) store<u32>(chosen + (count++ << 2), slot);
    else if (rest < limit) store<u32>(pool + (rest++ << 2), slot);
  }
  const filled = min(limit, max(count, limit >> 1));
  for (let i: u32 = 0; i < rest && count < filled; i++) {
    store<u32>(chosen + (count++ << 2), load<u32>(pool + (i << 2)));
  }
  return count;
}

function writeList(list: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(list + 4 + (i << 2), load<u32>(chosen + (i << 2)));
  atomic.store<u32>(list, count);
}

/** Adds `slot` to the list of `owner`; a full list is chosen anew from itself and the slot. */
function linkBack(owner: u32, slot: u32, level: i32): void {
  const cap = level == 0 ? linksMax : upperLinksMax;
  lock(owner);
  const list = listOf(owner, level);
  const count = load<u32>(list);
  let known = false;
  for (let i: u32 = 1; i <= count; i++) known = known || load<u32>(list + (i << 2)) == slot;
  if (!known) {
    if (count < cap) {
      store<u32>(list + 4 + (count << 2), slot);
      atomic.store<u32>(list, count + 1);
    } else {
      beams.clearBeam();
      beams.insertIntoBeam(beams.wordOf(between(owner, slot), slot), cap + 1);
      for (let i: u32 = 1; i <= count; i++) {
        const other = load<u32>(list + (i << 2));
        beams.insertIntoBeam(beams.wordOf(between(owner, other), other), cap + 1);
      }
      writeList(list, choose(owner, cap));
    }
  }
  unlock(owner);
}

function linkLevel(slot: u32, level: i32): void {
  const list = listOf(slot, level);
  lock(slot);
  // Another thread may have linked this slot already, through a higher level.
  const present = load<u32>(list);
  for (let i: u32 = 1; i <= present; i++) {
    const other = load<u32>(list + (i << 2));
    if (beams.visit(other)) beams.insertIntoBeam(beams.wordOf(beams.scoreSlot(other), other), effort);
  }
  const count = choose(slot, upperLinksMax);
  writeList(list, count);
  unlock(slot);
  // linkBack uses the beam and the chosen list for itself.
  const targets = pool + 4096;
  memory.copy(targets, chosen, count << 2);
  for (let i: u32 = 0; i < count; i++) linkBack(load<u32>(targets + (i << 2)), slot, level);
}

function becomeEntry(slot: u32): void {
  const gate = header + ENTRY_LOCK;
  while (atomic.cmpxchg<u32>(gate, 0, 1) != 0) {}
  const entry = atomic.load<u32>(header + ENTRY);
  if (entry == 0 || levelOf(entry - 1) < levelOf(slot)) atomic.store<u32>(header + ENTRY, slot + 1);
  atomic.store<u32>(gate, 0);
}

/** Links an encoded slot into the graph. */
export function linkSlot(slot: u32): void {
  const level = levelOf(slot);
  let entry = atomic.load<u32>(header + ENTRY);
  if (entry == 0) {
    becomeEntry(slot);
    entry = atomic.load<u32>(header + ENTRY);
    if (entry == slot + 1) return;
  }
  loadOwnQuery(slot);
  const top = levelOf(entry - 1);
  let start = beams.descend(entry - 1, top, level);
  for (let at = min(level, top); at >= 0; at--) {
    beams.clearBeam();
    beams.clearVisited();
    beams.visit(slot);
    if (beams.visit(start)) beams.insertIntoBeam(beams.wordOf(beams.scoreSlot(start), start), effort);
    beams.walk(at, effort, 0);
    if (beams.beamCount > 0) start = beams.slotOfWord(beams.beamWord(0));
    linkLevel(slot, at);
  }
  if (level > top) becomeEntry(slot);
}

/** Takes dead slots out of a live slot's lists: their live neighbours stand in for them. */
export function repairSlot(slot: u32): void {
  loadOwnQuery(slot);
  for (let level = levelOf(slot); level >= 0; level--) {
    const list = listOf(slot, level);
    const count = atomic.load<u32>(list);
    let dead = false;
    for (let i: u32 = 1; i <= count; i++) dead = dead || isDead(load<u32>(list + (i << 2)));
    if (!dead) continue;
    beams.clearBeam();
    beams.clearVisited();
    beams.visit(slot);
    for (let i: u32 = 1; i <= count; i++) offer(load<u32>(list + (i << 2)), level);
    const cap = level == 0 ? linksMax : upperLinksMax;
    lock(slot);
    writeList(list, choose(slot, cap));
    unlock(slot);
  }
}

function offer(neighbour: u32, level: i32): void {
  if (!isDead(neighbour)) {
    if (beams.visit(neighbour)) beams.insertIntoBeam(beams.wordOf(beams.scoreSlot(neighbour), neighbour), effort);
    return;
  }
  const list = listOf(neighbour, level);
  const count = atomic.load<u32>(list);
  for (let i: u32 = 1; i <= count; i++) {
    const next = load<u32>(list + (i << 2));
    if (isDead(next) || !beams.visit(next)) continue;
    beams.insertIntoBeam(beams.wordOf(beams.scoreSlot(next), next), effort);
  }
}
