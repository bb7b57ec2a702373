import { parentPort, workerData } from 'node:worker_threads';
import { TASK, type GraphMessage, type GraphThreadData } from './graph-task.ts';
import { instantiateKernel, type Kernel } from './kernel.ts';
import { TaskBoard } from './task-board.ts';

/**
 * A worker that searches and builds in the shared memory. It takes one task after the other from the board and never returns
 * to its event loop: it sleeps when there is nothing to do, until it is terminated.
 */
function work(data: GraphThreadData, post: (message: GraphMessage) => void): never {
  const { thread, scratch } = data;
  const board = new TaskBoard(data.board, data.board.buffer);
  const kernel = instantiateKernel(data.module, data.memory);
  kernel.attach(data.headerAt, scratch.beam, scratch.gathered, scratch.codes, scratch.chosen, scratch.pool);
  for (;;) {
    let task = board.claim(thread);
    if (task < 0) task = board.sleep(thread);
    const failure = runTask(kernel, board, task);
    if (failure !== undefined) post({ task, failure });
    else if (board.finish(task)) post(null);
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
