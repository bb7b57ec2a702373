import { RangefinderError, seededRandom, type Random } from '@rangefinder/base';
import { Arena } from './arena.ts';
import {
  BLOCK_SLOTS,
  DEAD,
  HEADER,
  HEADER_BYTES,
  LABEL_PAGE_LABELS,
  LABEL_ROOT_BYTES,
  layoutOf,
  type GraphLayout,
  type GraphShape,
} from './layout.ts';

/** A piece of memory that a snapshot has to hold. */
export interface Extent {
  readonly at: number;
  readonly bytes: number;
}

/** Everything about a graph's memory that does not lie in it. */
export interface GraphState {
  readonly shape: GraphShape;
  readonly headerAt: number;
  readonly blocksMax: number;
  readonly blocks: readonly number[];
  readonly extents: readonly Extent[];
  readonly slotCount: number;
  readonly liveCount: number;
  readonly upperAt: number;
  readonly upperLeft: number;
  readonly randomSeed: number;
}

const UPPER_CHUNK_BYTES = 262_144;

/**
 * The main thread's side of a graph: which slot holds which id, which slots are dead, and the memory that they lie in. An
 * item is live from the moment its id's entry points at its slot; an update fills another slot and moves the entry, so
 * that no search ever meets a half-written vector.
 */
export class GraphMemory {
  readonly shape: GraphShape;
  readonly layout: GraphLayout;
  readonly arena: Arena;
  readonly headerAt: number;
  readonly #blocksMax: number;
  readonly #blocks: number[];
  readonly #extents: Extent[];
  readonly #random: Random;
  #slotCount: number;
  #liveCount: number;
  /** Slots that lists may still name though they hold nothing any more, the longest dead first. */
  #dead: number[];
  #freeSlots: number[];
  #upperAt: number;
  #upperLeft: number;

  private constructor(arena: Arena, state: GraphState) {
    this.arena = arena;
    this.shape = state.shape;
    this.layout = layoutOf(state.shape);
    this.headerAt = state.headerAt;
    this.#blocksMax = state.blocksMax;
    this.#blocks = [...state.blocks];
    this.#extents = [...state.extents];
    this.#slotCount = state.slotCount;
    this.#freeSlots = [];
    this.#liveCount = state.liveCount;
    this.#dead = [];
    this.#upperAt = state.upperAt;
    this.#upperLeft = state.upperLeft;
    this.#random = seededRandom(state.randomSeed);
  }

  static create(shape: GraphShape, itemsMax: number, memoryBytesMax: number, randomSeed: number): GraphMemory {
    const arena = new Arena(memoryBytesMax, 1024);
    // Dead slots wait for a repair before they are used again, so there are more slots than items.
    const blocksMax = Math.ceil((2 * itemsMax) / BLOCK_SLOTS) + 1;
    const extents: Extent[] = [];
    const take = (bytes: number): number => {
      const at = arena.allocate(bytes);
      extents.push({ at, bytes });
      return at;
    };
    const headerAt = take(HEADER_BYTES);
    const blockTable = take(blocksMax * 4);
    const labelTable = take(LABEL_ROOT_BYTES);
    const layout = layoutOf(shape);
    const u32 = arena.views.u32;
    const set = (field: keyof typeof HEADER, value: number): void => {
      u32[(headerAt + HEADER[field]) >>> 2] = value;
    };
    set('dimensions', shape.dimensions);
    set('codeBytes', layout.codeBytes);
    set('storage', { float32: 0, float16: 1, int8: 2 }[shape.storage]);
    set('metric', shape.metric === 'l2' ? 1 : 0);
    set('normalise', shape.metric === 'cosine' ? 1 : 0);
    set('linksMax', shape.linksMax);
    set('upperLinksMax', layout.upperLinksMax);
    set('effort', shape.effort);
    set('recordStride', layout.recordStride);
    set('linkStride', layout.linkStride);
    set('vectorStride', layout.vectorStride);
    set('linksAt', layout.linksAt);
    set('vectorsAt', layout.vectorsAt);
    set('blockTable', blockTable);
    set('labelTable', labelTable);
    const counts = { slotCount: 0, liveCount: 0, upperAt: 0, upperLeft: 0 };
    return new GraphMemory(arena, { shape, headerAt, blocksMax, blocks: [], extents, ...counts, randomSeed });
  }

  /** Over memory that holds a snapshot; it is not looked at, since it may be mapped and come from the disk page by page. */
  static restore(arena: Arena, state: GraphState, dead: readonly number[], free: readonly number[]): GraphMemory {
    const memory = new GraphMemory(arena, state);
    memory.#dead = [...dead];
    memory.#freeSlots = [...free];
    return memory;
  }

  get state(): GraphState {
    return {
      shape: this.shape,
      headerAt: this.headerAt,
      blocksMax: this.#blocksMax,
      blocks: this.#blocks,
      extents: this.#extents,
      slotCount: this.#slotCount,
      liveCount: this.#liveCount,
      upperAt: this.#upperAt,
      upperLeft: this.#upperLeft,
      randomSeed: this.#random.below(2 ** 31),
    };
  }

  get size(): number {
    return this.#liveCount;
  }

  /** Slots ever used: live, dead and free ones. */
  get slotCount(): number {
    return this.#slotCount;
  }

  /** Slots that can be taken without more memory. */
  get spareSlots(): number {
    return this.#freeSlots.length + this.slotCapacity - this.#slotCount;
  }

  get deadCount(): number {
    return this.#dead.length;
  }

  get slotCapacity(): number {
    return this.#blocks.length * BLOCK_SLOTS;
  }

  /** The slot that holds an id, or undefined. */
  slotOf(id: number): number | undefined {
    const at = this.#labelAt(id);
    const entry = at === 0 ? 0 : Atomics.load(this.arena.views.u32, at);
    return entry === 0 ? undefined : entry - 1;
  }

  /** A slot for an id that is not live in it yet, with memory for its links. */
  takeSlot(id: number): number {
    this.#ensureLabelPage(id);
    const slot = this.#freeSlots.pop() ?? this.#newSlot();
    const { u32 } = this.arena.views;
    const record = this.#recordAt(slot) >>> 2;
    u32[record + 2] = id;
    const upper = u32[record + 3]!;
    const links = this.#linksAt(slot) >>> 2;
    Atomics.store(u32, links + 1, 0);
    if (upper !== 0) {
      const levels = u32[upper >>> 2]!;
      for (let level = 0; level < levels; level++) {
        u32[(upper >>> 2) + 1 + level * (1 + this.layout.upperLinksMax)] = 0;
      }
    }
    Atomics.store(u32, links, 0);
    return slot;
  }

  /** Makes the slot the one that searches see for its id; what held the id before is dead. */
  publish(id: number, slot: number): void {
    const before = this.slotOf(id);
    Atomics.store(this.arena.views.u32, this.#labelAt(id), slot + 1);
    if (before === undefined) this.#liveCount++;
    else this.#kill(before);
  }

  /** A slot that was taken but will not be published: it may be linked, so it waits for a repair like any dead one. */
  abandon(slot: number): void {
    this.#kill(slot);
  }

  remove(id: number): boolean {
    const slot = this.slotOf(id);
    if (slot === undefined) return false;
    Atomics.store(this.arena.views.u32, this.#labelAt(id), 0);
    this.#kill(slot);
    this.#liveCount--;
    return true;
  }

  isDead(slot: number): boolean {
    return (Atomics.load(this.arena.views.u32, this.#linksAt(slot) >>> 2) & DEAD) !== 0;
  }

  /** Dead slots that wait for a repair. */
  deadSlots(): readonly number[] {
    return [...this.#dead];
  }

  /** Slots that were repaired around and hold nothing. */
  freeSlots(): readonly number[] {
    return [...this.#freeSlots];
  }

  /** Gives repaired slots, a result of `deadSlots`, back for use. No search may be under way that saw their links. */
  release(slots: readonly number[]): void {
    for (const slot of slots) this.#freeSlots.push(slot);
    this.#dead = this.#dead.slice(slots.length);
  }

  /** Lets walks start at a live slot of the highest level, if they start at a dead one. */
  moveEntryToLiveSlot(): void {
    const { u32 } = this.arena.views;
    const entryAt = (this.headerAt + HEADER.entry) >>> 2;
    const entry = Atomics.load(u32, entryAt);
    if (entry === 0 || !this.isDead(entry - 1)) return;
    let best: number | undefined;
    let bestLevel = -1;
    for (let slot = 0; slot < this.#slotCount; slot++) {
      const level = this.#levelOf(slot);
      if (level > bestLevel && !this.isDead(slot)) [best, bestLevel] = [slot, level];
    }
    Atomics.store(u32, entryAt, best === undefined ? 0 : best + 1);
  }

  #levelOf(slot: number): number {
    const { u32 } = this.arena.views;
    const upper = u32[(this.#recordAt(slot) >>> 2) + 3]!;
    return upper === 0 ? 0 : u32[upper >>> 2]!;
  }

  #kill(slot: number): void {
    Atomics.or(this.arena.views.u32, this.#linksAt(slot) >>> 2, DEAD);
    this.#dead.push(slot);
  }

  #newSlot(): number {
    const slot = this.#slotCount;
    const block = Math.floor(slot / BLOCK_SLOTS);
    if (block === this.#blocks.length) this.#newBlock();
    const level = Math.min(12, Math.floor(-Math.log(1 - this.#random.next()) / Math.log(this.layout.upperLinksMax)));
    const upper = level === 0 ? 0 : this.#newUpper(level);
    this.arena.views.u32[(this.#recordAt(slot) >>> 2) + 3] = upper;
    this.#slotCount = slot + 1;
    Atomics.store(this.arena.views.u32, (this.headerAt + HEADER.slotCount) >>> 2, this.#slotCount);
    return slot;
  }

  #newBlock(): void {
    const number = this.#blocks.length;
    if (number >= this.#blocksMax) {
      throw new RangefinderError(
        'RESOURCE_EXHAUSTED',
        'limits.items: all slots are taken; removed ones are being repaired',
      );
    }
    const at = this.#takeExtent(this.layout.blockBytes);
    this.#blocks.push(at);
    const { u32 } = this.arena.views;
    u32[(u32[(this.headerAt + HEADER.blockTable) >>> 2]! >>> 2) + number] = at;
  }

  #newUpper(level: number): number {
    const bytes = 4 + level * (4 + this.layout.upperLinksMax * 4);
    if (bytes > this.#upperLeft) {
      this.#upperLeft = Math.max(UPPER_CHUNK_BYTES, bytes);
      this.#upperAt = this.#takeExtent(this.#upperLeft);
    }
    const at = this.#upperAt;
    this.#upperAt += bytes;
    this.#upperLeft -= bytes;
    this.arena.views.u32[at >>> 2] = level;
    return at;
  }

  #ensureLabelPage(id: number): void {
    if (this.#labelAt(id) !== 0) return;
    const page = this.#takeExtent(LABEL_PAGE_LABELS * 4);
    const { u32 } = this.arena.views;
    const root = u32[(this.headerAt + HEADER.labelTable) >>> 2]!;
    Atomics.store(u32, (root >>> 2) + (id >>> 16), page);
  }

  /** Index of an id's entry among the 32-bit words, 0 while its page does not exist. */
  #labelAt(id: number): number {
    const { u32 } = this.arena.views;
    const root = u32[(this.headerAt + HEADER.labelTable) >>> 2]!;
    const page = u32[(root >>> 2) + (id >>> 16)]!;
    return page === 0 ? 0 : (page >>> 2) + (id & 0xffff);
  }

  /** Memory that a snapshot holds; zeroed, since what was freed may lie in it. */
  #takeExtent(bytes: number): number {
    const at = this.arena.allocate(bytes);
    this.arena.views.bytes.fill(0, at, at + bytes);
    this.#extents.push({ at, bytes });
    return at;
  }

  /** Byte offset of what follows the codes of a slot. */
  #recordAt(slot: number): number {
    return (
      this.#blocks[Math.floor(slot / BLOCK_SLOTS)]! +
      (slot % BLOCK_SLOTS) * this.layout.recordStride +
      this.layout.codeBytes
    );
  }

  #linksAt(slot: number): number {
    return (
      this.#blocks[Math.floor(slot / BLOCK_SLOTS)]! +
      this.layout.linksAt +
      (slot % BLOCK_SLOTS) * this.layout.linkStride
    );
  }
}
