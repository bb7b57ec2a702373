/**
 * The memory that the main thread and the engine threads share: who has work, who is awake, what is done.
 *
 *     ready ring   [ 0 | 7 | 0 | 4 | 9 ]      slot + 1, or 0 once claimed; any thread claims any entry whose model
 *                    ^head           ^tail    has a free instance, so a long run holds nobody back
 *     models       running, limit             runs under way and how many may be, for each loaded model
 *     slots        what to run, where, and how it went
 *     threads      state, and a ring of finished slots that only the main thread reads
 *
 * The main thread alone pushes to the ready ring; claiming an entry, and taking it back, is one compare-and-exchange.
 */
export const LIMITS = Object.freeze({
  /** Runs that are dispatched or whose results are not released, all models together. A power of two. */
  slots: 2048,
  /** Models loaded at one time. */
  models: 4096,
  threads: 64,
});

/** Four times the slots: holes of claimed entries never fill it, see `ReadyRing.push`. */
const RING_ENTRIES = 4 * LIMITS.slots;
const RING_MASK = RING_ENTRIES - 1;
const DONE_MASK = LIMITS.slots - 1;

const HEAD = 0;
const TAIL = 1;
const RING = 16;
const MODELS = RING + RING_ENTRIES;
const MODEL_WORDS = 2;
const SLOTS = MODELS + LIMITS.models * MODEL_WORDS;
export const SLOT_WORDS = 8;
const THREADS = SLOTS + LIMITS.slots * SLOT_WORDS;
/** A line of cache for each thread's words. */
const THREAD_WORDS = 16;
const DONE = THREADS + LIMITS.threads * THREAD_WORDS;
const WORDS = DONE + LIMITS.threads * LIMITS.slots;
const NUMBERS_OFFSET_BYTES = Math.ceil((WORDS * 4) / 64) * 64;
export const SLOT_NUMBERS = 16;

/** Integer fields of a slot. `claimedBy` is thread + 1 while the thread's run counts for its model, negative afterwards. */
export const SLOT_WORD = Object.freeze({ model: 0, claimedBy: 1, flags: 2, inputs: 3, outputs: 4, cancelled: 5 });

/** Number fields of a slot: addresses (0 for null), and times on the monotonic clock in µs. */
export const SLOT_NUMBER = Object.freeze({
  session: 0,
  runOptions: 1,
  inputNames: 2,
  inputValues: 3,
  outputNames: 4,
  outputValues: 5,
  /** The tensors' records, see `tensor-record.ts`. */
  records: 6,
  /** Where outputs go that ONNX Runtime allocated. */
  outputArea: 7,
  outputAreaBytes: 8,
  startUs: 9,
  computedUs: 10,
  finishedUs: 11,
});

export const SLOT_FLAG = Object.freeze({
  /** The OrtValues of the slot must be made before the run. */
  prepare: 1,
  /** Some output is allocated by ONNX Runtime and must be collected. */
  collect: 2,
  /** Some input is BYTES, made anew for each run. */
  strings: 4,
  /** The predicted outputs are used for the first time: whether the run fills them is checked. */
  verify: 8,
});

export const THREAD_STATE = Object.freeze({ starting: 0, awake: 1, sleeping: 2, ended: 3 });
const THREAD_WORD = Object.freeze({ state: 0, stop: 1, doneHead: 2, doneTail: 3, notified: 4 });

/** Typed views on the shared memory; each thread makes its own from the one buffer. */
export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array<SharedArrayBuffer>;

  constructor(buffer = new SharedArrayBuffer(NUMBERS_OFFSET_BYTES + LIMITS.slots * SLOT_NUMBERS * 8)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer, 0, WORDS);
    this.numbers = new Float64Array(buffer, NUMBERS_OFFSET_BYTES);
  }

  /** Index into `words` of a slot's integers. */
  slotWords(slot: number): number {
    return SLOTS + slot * SLOT_WORDS;
  }

  /** Index into `numbers` of a slot's numbers. */
  slotNumbers(slot: number): number {
    return slot * SLOT_NUMBERS;
  }

  setModelLimit(model: number, limit: number): void {
    Atomics.store(this.words, MODELS + model * MODEL_WORDS, 0);
    Atomics.store(this.words, MODELS + model * MODEL_WORDS + 1, limit);
  }

  /** Runs of a model under way, for tests and checks. */
  running(model: number): number {
    return Atomics.load(this.words, MODELS + model * MODEL_WORDS);
  }

  /** Frees the instance that `claim` took. */
  finishRun(slot: number): void {
    const word = SLOTS + slot * SLOT_WORDS;
    this.words[word + SLOT_WORD.claimedBy] = -this.words[word + SLOT_WORD.claimedBy]!;
    Atomics.sub(this.words, MODELS + this.words[word + SLOT_WORD.model]! * MODEL_WORDS, 1);
  }

  /** Entries between head and tail, claimed ones included. Main thread only. */
  get ringSpan(): number {
    return (this.words[TAIL]! - Atomics.load(this.words, HEAD)) | 0;
  }

  /** Offers a slot to all threads and returns its position, for `takeBack`. Main thread only. */
  push(slot: number): number {
    this.words[SLOTS + slot * SLOT_WORDS + SLOT_WORD.claimedBy] = 0;
    const tail = this.words[TAIL]!;
    Atomics.store(this.words, RING + (tail & RING_MASK), slot + 1);
    Atomics.store(this.words, TAIL, (tail + 1) | 0);
    return tail;
  }

  /** Whether the entry at `position` was still unclaimed; it is gone now. Main thread only. */
  takeBack(position: number, slot: number): boolean {
    return Atomics.compareExchange(this.words, RING + (position & RING_MASK), slot + 1, 0) === slot + 1;
  }

  /** The first ready slot whose model has a free instance, which is then taken; -1 when there is none. */
  claim(thread: number): number {
    const { words } = this;
    let position = Atomics.load(words, HEAD);
    let leading = true;
    while (position !== Atomics.load(words, TAIL)) {
      const entry = Atomics.load(words, RING + (position & RING_MASK));
      if (entry === 0) {
        if (leading) Atomics.compareExchange(words, HEAD, position, (position + 1) | 0);
      } else {
        leading = false;
        const slot = entry - 1;
        const model = MODELS + words[SLOTS + slot * SLOT_WORDS + SLOT_WORD.model]! * MODEL_WORDS;
        if (Atomics.add(words, model, 1) < words[model + 1]!) {
          if (Atomics.compareExchange(words, RING + (position & RING_MASK), entry, 0) === entry) {
            words[SLOTS + slot * SLOT_WORDS + SLOT_WORD.claimedBy] = thread + 1;
            return slot;
          }
          // Somebody was faster. Whoever found the instance taken meanwhile relies on this thread to look again.
          Atomics.sub(words, model, 1);
          position = Atomics.load(words, HEAD);
          leading = true;
          continue;
        }
        Atomics.sub(words, model, 1);
      }
      position = (position + 1) | 0;
    }
    return -1;
  }

  threadState(thread: number): number {
    return Atomics.load(this.words, THREADS + thread * THREAD_WORDS);
  }

  setThreadState(thread: number, state: number): void {
    Atomics.store(this.words, THREADS + thread * THREAD_WORDS, state);
  }

  /** Wakes a sleeping thread; false if it was not asleep. */
  wake(thread: number): boolean {
    const index = THREADS + thread * THREAD_WORDS;
    const { sleeping, awake } = THREAD_STATE;
    if (Atomics.compareExchange(this.words, index, sleeping, awake) !== sleeping) return false;
    Atomics.notify(this.words, index, 1);
    return true;
  }

  /** Whether a thread that is asleep ends now; false when it was woken first and must go on. */
  endThread(thread: number): boolean {
    const index = THREADS + thread * THREAD_WORDS;
    const { sleeping, ended } = THREAD_STATE;
    if (Atomics.compareExchange(this.words, index, sleeping, ended) !== sleeping) return false;
    Atomics.notify(this.words, index);
    return true;
  }

  /** Called by an engine thread as the last thing that it does. */
  markEnded(thread: number): void {
    this.setThreadState(thread, THREAD_STATE.ended);
    Atomics.notify(this.words, THREADS + thread * THREAD_WORDS);
  }

  /** Blocks the calling thread until it is woken. */
  sleep(thread: number): void {
    Atomics.wait(this.words, THREADS + thread * THREAD_WORDS, THREAD_STATE.sleeping);
  }

  /** `idle`: when nothing is left to do; `now`: even if something is. */
  requestStop(thread: number, when: 'idle' | 'now'): void {
    Atomics.store(this.words, THREADS + thread * THREAD_WORDS + THREAD_WORD.stop, when === 'now' ? 2 : 1);
  }

  mustStop(thread: number, when: 'idle' | 'now'): boolean {
    return Atomics.load(this.words, THREADS + thread * THREAD_WORDS + THREAD_WORD.stop) >= (when === 'now' ? 2 : 1);
  }

  /** Blocks until the thread has ended, or for `timeoutMs`. */
  waitForEnd(thread: number, timeoutMs: number): void {
    const index = THREADS + thread * THREAD_WORDS;
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const state = Atomics.load(this.words, index);
      const leftMs = deadlineMs - performance.now();
      if (state === THREAD_STATE.ended || leftMs <= 0) return;
      Atomics.wait(this.words, index, state, leftMs);
    }
  }

  /** Called by the engine thread when a slot is finished. */
  pushDone(thread: number, slot: number): void {
    const tailIndex = THREADS + thread * THREAD_WORDS + THREAD_WORD.doneTail;
    const tail = this.words[tailIndex]!;
    this.words[DONE + thread * LIMITS.slots + (tail & DONE_MASK)] = slot;
    Atomics.store(this.words, tailIndex, (tail + 1) | 0);
  }

  /** The next finished slot of a thread, or -1. Main thread only. */
  takeDone(thread: number): number {
    const headIndex = THREADS + thread * THREAD_WORDS + THREAD_WORD.doneHead;
    const head = this.words[headIndex]!;
    if (head === Atomics.load(this.words, headIndex + 1)) return -1;
    this.words[headIndex] = (head + 1) | 0;
    return this.words[DONE + thread * LIMITS.slots + (head & DONE_MASK)]!;
  }

  /** Whether the engine thread must post a message; false when one is on its way already. */
  markNotified(thread: number): boolean {
    return Atomics.exchange(this.words, THREADS + thread * THREAD_WORDS + THREAD_WORD.notified, 1) === 0;
  }

  /** Called by the main thread before it takes what is done. */
  clearNotified(thread: number): void {
    Atomics.store(this.words, THREADS + thread * THREAD_WORDS + THREAD_WORD.notified, 0);
  }

  resetThread(thread: number): void {
    this.words.fill(0, THREADS + thread * THREAD_WORDS, THREADS + (thread + 1) * THREAD_WORDS);
  }
}
