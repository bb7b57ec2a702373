/** Replays one seed with its whole trace: `node packages/testing/src/simulation/replay.ts SEED`. */
import { parseArgs } from 'node:util';
import { scenarioFromSeed } from './scenario.ts';
import { runSimulation, SimulationFailure } from './simulation.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const seed = Number(positionals[0]);
if (!Number.isSafeInteger(seed)) {
  process.stderr.write('usage: node packages/testing/src/simulation/replay.ts SEED\n');
  process.exit(2);
}
const scenario = scenarioFromSeed(seed);
const print = (text: string): boolean => process.stdout.write(`${text}\n`);
print(JSON.stringify({ ...scenario, options: { ...scenario.options, priorityQueuePolicies: [...scenario.options.priorityQueuePolicies] } }, null, 2));
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
