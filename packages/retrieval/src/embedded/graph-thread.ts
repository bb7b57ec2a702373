import { parentPort, workerData } from 'node:worker_threads';
import type { GraphAnswer, GraphTask, GraphThreadData } from './graph-task.ts';
import { instantiateKernel, type Kernel } from './kernel.ts';

/** A worker that searches and builds in the shared memory. It waits for messages and holds nothing but its scratch. */
const { module, memory, headerAt, scratch } = workerData as GraphThreadData;
const kernel = instantiateKernel(module, memory);
kernel.attach(headerAt, scratch.beam, scratch.gathered, scratch.codes, scratch.chosen, scratch.pool);

parentPort?.on('message', (tasks: readonly GraphTask[]) => {
  const answer: GraphAnswer = { failures: tasks.map((task) => runTask(kernel, task)) };
  parentPort?.postMessage(answer);
});

function runTask(kernel: Kernel, task: GraphTask): string | undefined {
  try {
    switch (task.kind) {
      case 'search':
        kernel.search(task.request);
        break;
      case 'insert':
        kernel.insertItems(task.slots, task.source, task.count, task.stride);
        break;
      case 'repair':
        kernel.repairItems(task.from, task.to);
        break;
      case 'marks':
        kernel.attachMarks(task.visited, task.excluded, task.bytes);
        break;
      case 'barrier':
        break;
    }
    return undefined;
  } catch (error) {
    return `${task.kind}: ${String(error)}`;
  }
}
