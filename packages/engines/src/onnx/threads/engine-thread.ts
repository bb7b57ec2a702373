import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { OrtHandles } from '../native/ort-library.ts';
import type { RunDetails } from '../native/run-details.ts';
import { RunExecutor } from '../native/run-executor.ts';
import { ControlBlock, SLOT_NUMBER, SLOT_WORD, THREAD_STATE } from './control-block.ts';

/**
 * An engine thread: claims ready slots, runs them, and tells the main thread once per sweep. It never returns to its event
 * loop; it ends when it is told to and has nothing left to do.
 */
export interface EngineThreadData {
  readonly thread: number;
  readonly control: SharedArrayBuffer;
  readonly handles: OrtHandles;
}

/** Sent when `details` has something to tell, or to make the main thread look at the shared memory. */
export interface EngineThreadMessage {
  readonly details: readonly RunDetails[];
}

/** Finished runs are reported at the latest this long after the first of them, even if the sweep goes on. */
const REPORT_DELAY_US = 150;
/** A run that is expected to take longer does not start before finished ones are reported. */
const LONG_RUN_US = 100;

class EngineThread {
  readonly #thread: number;
  readonly #control: ControlBlock;
  readonly #executor: RunExecutor;
  readonly #post: (message: EngineThreadMessage | null) => void;
  /** Smoothed duration of each model's runs. */
  readonly #expectedUs = new Map<number, number>();
  #details: RunDetails[] = [];
  #unreportedSinceUs = 0;
  #unreported = 0;

  constructor(data: EngineThreadData, post: (message: EngineThreadMessage | null) => void) {
    this.#thread = data.thread;
    this.#control = new ControlBlock(data.control);
    this.#executor = new RunExecutor(this.#control, data.handles);
    this.#post = post;
  }

  run(): void {
    const control = this.#control;
    const thread = this.#thread;
    control.setThreadState(thread, THREAD_STATE.awake);
    this.#post(null);
    while (!control.mustStop(thread, 'now')) {
      let slot = control.claim(thread);
      if (slot < 0) {
        this.#report();
        control.setThreadState(thread, THREAD_STATE.sleeping);
        // What was pushed before the main thread could see this thread asleep is found here.
        slot = control.claim(thread);
        if (slot < 0) {
          if (!control.mustStop(thread, 'idle')) control.sleep(thread);
          else if (control.endThread(thread)) return;
          continue;
        }
        control.setThreadState(thread, THREAD_STATE.awake);
      }
      this.#execute(slot);
    }
    control.markEnded(thread);
  }

  #execute(slot: number): void {
    const { words, numbers } = this.#control;
    const model = words[this.#control.slotWords(slot) + SLOT_WORD.model]!;
    const expectedUs = this.#expectedUs.get(model) ?? LONG_RUN_US;
    if (this.#unreported > 0 && expectedUs >= LONG_RUN_US) this.#report();
    const details = this.#executor.execute(slot);
    const number = this.#control.slotNumbers(slot);
    const finishedUs = numbers[number + SLOT_NUMBER.finishedUs]!;
    const tookUs = finishedUs - numbers[number + SLOT_NUMBER.startUs]!;
    this.#expectedUs.set(model, expectedUs + (tookUs - expectedUs) / 8);
    if (details === undefined) this.#control.pushDone(this.#thread, slot);
    else this.#details.push(details);
    this.#control.finishRun(slot);
    if (this.#unreported === 0) this.#unreportedSinceUs = finishedUs;
    this.#unreported += 1;
    if (finishedUs - this.#unreportedSinceUs > REPORT_DELAY_US) this.#report();
  }

  #report(): void {
    if (this.#unreported === 0) return;
    this.#unreported = 0;
    const details = this.#details;
    if (details.length > 0) {
      this.#details = [];
      this.#post({ details });
    } else if (this.#control.markNotified(this.#thread)) {
      this.#post(null);
    }
  }
}

/**
 * Runs take all of a core; the thread that answers sockets needs little, and at once. On Linux a priority is a thread's own,
 * and the nice value 5 has the main thread preferred (measured: p99 of the event loop's delay 2 ms instead of 3 to 8 with
 * both cores busy). Elsewhere it would be the whole process's.
 */
const NICE = 5;

if (parentPort !== null) {
  const port = parentPort;
  if (process.platform === 'linux') setPriority(NICE);
  new EngineThread(workerData as EngineThreadData, (message) => port.postMessage(message)).run();
}
