import { isMainThread } from 'node:worker_threads';
import { RunExecutor } from '../../src/onnx/native/run-executor.ts';

/** Imported into engine threads by a test: each of them dies of an error in its 40th run. */
const FAULTY_RUN = 40;

if (!isMainThread) {
  const original = Object.getOwnPropertyDescriptor(RunExecutor.prototype, 'execute')?.value as RunExecutor['execute'];
  let runs = 0;
  RunExecutor.prototype.execute = function execute(this: RunExecutor, slot) {
    runs += 1;
    if (runs === FAULTY_RUN) throw new Error('a fault that was put in by a test');
    return original.call(this, slot);
  };
}
