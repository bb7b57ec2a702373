import { parentPort, workerData } from 'node:worker_threads';
import { TASK, type GraphMessage, type GraphThreadData } from './graph-task.ts';
import { instantiateKernel, type Kernel } from './kernel.ts';
import { TaskBoard } from './task-board.ts';

/**
 * While searches queue up, finished ones are reported a few at a time: what wakes the main thread costs it, and a core that it
 * shares, more than the search's other steps together. Measured: 6 µs of the main thread a search instead of 12.
 */
const REPORT_DELAY_MS = 0.4;

/**
 * A worker that searches and builds in the shared memory. It takes one task after the other from the board and never returns
 * to its event loop: it sleeps when there is nothing to do, until it is terminated.
 */
function work(data: GraphThreadData, post: (message: GraphMessage) => void): never {
  const { thread, scratch } = data;
  const board = new TaskBoard(data.board, data.board.buffer);
  const kernel = instantiateKernel(data.module, data.memory);
  kernel.attach(data.headerAt, scratch.beam, scratch.gathered, scratch.codes, scratch.chosen, scratch.pool);
  let isOwed = false;
  let owedSinceMs = 0;
  for (;;) {
    let task = board.claim(thread);
    if (isOwed && (task < 0 || !board.mayDelayReport(task) || performance.now() - owedSinceMs > REPORT_DELAY_MS)) {
      isOwed = false;
      post(null);
    }
    if (task < 0) task = board.sleep(thread);
    const failure = runTask(kernel, board, task);
    if (failure !== undefined) post({ task, failure });
    else if (board.finish(task)) {
      isOwed = true;
      owedSinceMs = performance.now();
    }
  }
}

function runTask(kernel: Kernel, board: TaskBoard, task: number): string | undefined {
  const kind = board.kindOf(task);
  const a = board.argumentOf(task, 0);
  try {
    if (kind === TASK.search) {
      kernel.search(a);
      return undefined;
    }
    const b = board.argumentOf(task, 1);
    const c = board.argumentOf(task, 2);
    if (kind === TASK.insert) kernel.insertItems(a, b, c, board.argumentOf(task, 3));
    else if (kind === TASK.repair) kernel.repairItems(a, b);
    else if (kind === TASK.marks) kernel.attachMarks(a, b, c);
    return undefined;
  } catch (error) {
    return `task ${kind}: ${String(error)}`;
  }
}

if (parentPort !== null) {
  const port = parentPort;
  work(workerData as GraphThreadData, (message) => port.postMessage(message));
}
