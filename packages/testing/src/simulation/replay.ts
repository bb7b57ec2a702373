/** Replays one seed with its whole trace: `node packages/testing/src/simulation/replay.ts SEED`. */
import { parseArgs } from 'node:util';
import { scenarioFromSeed } from './scenario.ts';
import { runSimulation, SimulationFailure } from './simulation.ts';

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

function replay(seed: number): void {
  const scenario = scenarioFromSeed(seed);
  const priorityQueuePolicies = Object.fromEntries(scenario.options.priorityQueuePolicies);
  print(JSON.stringify({ ...scenario, options: { ...scenario.options, priorityQueuePolicies } }, null, 2));
  try {
    const report = runSimulation(scenario, { keepTrace: true });
    for (const line of report.trace) print(line);
    print(`passed: ${JSON.stringify(report.outcomes)}, trace ${report.traceHash}`);
  } catch (thrown) {
    if (!(thrown instanceof SimulationFailure)) throw thrown;
    for (const line of thrown.trace) print(line);
    print(thrown.message);
    process.exitCode = 1;
  }
}

const seed = Number(parseArgs({ allowPositionals: true }).positionals[0]);
if (Number.isSafeInteger(seed)) replay(seed);
else {
  process.stderr.write('usage: node packages/testing/src/simulation/replay.ts SEED\n');
  process.exitCode = 2;
}
