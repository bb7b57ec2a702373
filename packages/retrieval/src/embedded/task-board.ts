/**
 * The memory through which the main thread and the graph threads hand work over; a message is sent only to wake the main
 * thread, and only when none is on its way.
 *
 *     tasks     kind, four numbers, and the next finished one
 *     rings     searches, other work: any thread claims the oldest; and one for each thread: what just that thread must do
 *     threads   asleep or awake
 *     finished  a list through the tasks: threads push, the main thread takes it whole
 *
 * The main thread alone pushes to the rings.
 */
export interface TaskBoardShape {
  readonly threads: number;
  /** Searches that may wait or run at one time. */
  readonly searchesMax: number;
}

const TASK_WORDS = 8;
const NEXT = 5;
const BRIEF = 6;
/** A line of cache, so that what one thread writes is not what others read all the time. */
const LINE_WORDS = 16;
const RING_HEAD_WORDS = 2 * LINE_WORDS;
const FINISHED = 0;
const THREADS = LINE_WORDS;

const SEARCHES = 0;
const OTHERS = 1;
const OWN = 2;

const STATE = Object.freeze({ awake: 0, sleeping: 1 });

/** Other work gets its turn after so many searches, however many wait. */
const SEARCHES_IN_A_ROW = 4;

/** Typed views on the shared memory; each thread makes its own from the one buffer. */
export class TaskBoard {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #threads: number;
  readonly #searchCapacity: number;
  readonly #otherCapacity: number;
  readonly #rings: number;
  readonly #tasks: number;
  #searchesInARow = 0;
  readonly tasksMax: number;

  constructor({ threads, searchesMax }: TaskBoardShape, buffer?: SharedArrayBuffer) {
    this.#threads = threads;
    this.#searchCapacity = powerOfTwo(searchesMax);
    // Changes come in two lanes a thread, each of which may have one task for every thread besides.
    this.#otherCapacity = powerOfTwo(4 * threads + 4);
    this.tasksMax = this.#searchCapacity + (1 + threads) * this.#otherCapacity;
    this.#rings = THREADS + threads * LINE_WORDS;
    this.#tasks = this.#ringAt(OWN + threads);
    const words = this.#tasks + this.tasksMax * TASK_WORDS;
    this.buffer = buffer ?? new SharedArrayBuffer(words * 4);
    this.#words = new Int32Array(this.buffer);
  }

  /** Writes a task. Main thread only, and only while nobody has it. */
  fill(task: number, kind: number, a = 0, b = 0, c = 0, d = 0): void {
    const at = this.#tasks + task * TASK_WORDS;
    const words = this.#words;
    words[at] = kind;
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = c;
    words[at + 4] = d;
    words[at + BRIEF] = 0;
  }

  kindOf(task: number): number {
    return this.#words[this.#tasks + task * TASK_WORDS]!;
  }

  /** Unsigned, since they are addresses and counts. */
  argumentOf(task: number, i: number): number {
    return this.#words[this.#tasks + task * TASK_WORDS + 1 + i]! >>> 0;
  }

  /** Offers a search to all threads, and wakes one of those asleep. `isBrief`: it takes less than a millisecond or so. */
  pushSearch(task: number, isBrief: boolean): void {
    if (isBrief) this.#words[this.#tasks + task * TASK_WORDS + BRIEF] = 1;
    this.#push(SEARCHES, this.#searchCapacity, task);
    this.#wakeOne();
  }

  pushOther(task: number): void {
    this.#push(OTHERS, this.#otherCapacity, task);
    this.#wakeOne();
  }

  pushTo(thread: number, task: number): void {
    this.#push(OWN + thread, this.#otherCapacity, task);
    this.#wake(thread);
  }

  /** The next task of a thread, -1 if there is none: its own first, then searches before the rest. */
  claim(thread: number): number {
    const own = this.#claim(OWN + thread, this.#otherCapacity);
    if (own >= 0) return own;
    if (this.#searchesInARow < SEARCHES_IN_A_ROW) {
      const search = this.#claim(SEARCHES, this.#searchCapacity);
      if (search >= 0) {
        this.#searchesInARow++;
        return search;
      }
    }
    this.#searchesInARow = 0;
    const other = this.#claim(OTHERS, this.#otherCapacity);
    return other >= 0 ? other : this.#claim(SEARCHES, this.#searchCapacity);
  }

  /** Whether a claimed task is brief, and more searches wait behind it than there are threads, which would run dry otherwise. */
  mayDelayReport(task: number): boolean {
    if (this.#words[this.#tasks + task * TASK_WORDS + BRIEF] === 0) return false;
    const head = this.#ringAt(SEARCHES);
    return ((Atomics.load(this.#words, head + LINE_WORDS) - Atomics.load(this.#words, head)) | 0) > this.#threads;
  }

  /** Blocks the calling thread until there is a task for it, which it claims. */
  sleep(thread: number): number {
    const state = THREADS + thread * LINE_WORDS;
    for (;;) {
      Atomics.store(this.#words, state, STATE.sleeping);
      // What was pushed before the main thread could see this thread asleep is found here.
      const task = this.claim(thread);
      if (task >= 0) {
        Atomics.store(this.#words, state, STATE.awake);
        return task;
      }
      Atomics.wait(this.#words, state, STATE.sleeping);
    }
  }

  /** Called by the thread that did it. True when the main thread must be told: nothing else was finished and not taken. */
  finish(task: number): boolean {
    const next = this.#tasks + task * TASK_WORDS + NEXT;
    for (;;) {
      const first = Atomics.load(this.#words, FINISHED);
      this.#words[next] = first;
      if (Atomics.compareExchange(this.#words, FINISHED, first, task + 1) === first) return first === 0;
    }
  }

  /** The finished tasks, oldest first, into `into`; returns how many. Main thread only. */
  takeFinished(into: Int32Array): number {
    let count = 0;
    let entry = Atomics.exchange(this.#words, FINISHED, 0);
    for (; entry !== 0; count++) {
      into[count] = entry - 1;
      entry = this.#words[this.#tasks + (entry - 1) * TASK_WORDS + NEXT]!;
    }
    into.subarray(0, count).reverse();
    return count;
  }

  #ringAt(ring: number): number {
    const heads = this.#rings + ring * RING_HEAD_WORDS;
    return ring === SEARCHES ? heads : heads + this.#searchCapacity + (ring - OTHERS) * this.#otherCapacity;
  }

  #push(ring: number, capacity: number, task: number): void {
    const head = this.#ringAt(ring);
    const tailAt = head + LINE_WORDS;
    const tail = this.#words[tailAt]!;
    if (((tail - Atomics.load(this.#words, head)) | 0) >= capacity) throw new Error(`ring ${ring} is full`);
    Atomics.store(this.#words, head + RING_HEAD_WORDS + (tail & (capacity - 1)), task);
    Atomics.store(this.#words, tailAt, (tail + 1) | 0);
  }

  #claim(ring: number, capacity: number): number {
    const head = this.#ringAt(ring);
    for (;;) {
      const position = Atomics.load(this.#words, head);
      if (position === Atomics.load(this.#words, head + LINE_WORDS)) return -1;
      const task = Atomics.load(this.#words, head + RING_HEAD_WORDS + (position & (capacity - 1)));
      if (Atomics.compareExchange(this.#words, head, position, (position + 1) | 0) === position) return task;
    }
  }

  #wakeOne(): void {
    for (let thread = 0; thread < this.#threads; thread++) if (this.#wake(thread)) return;
  }

  #wake(thread: number): boolean {
    const state = THREADS + thread * LINE_WORDS;
    if (Atomics.load(this.#words, state) !== STATE.sleeping) return false;
    if (Atomics.compareExchange(this.#words, state, STATE.sleeping, STATE.awake) !== STATE.sleeping) return false;
    Atomics.notify(this.#words, state, 1);
    return true;
  }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
