export { EventHeap } from './event-heap.ts';
export { FakeClock } from './fake-clock.ts';
export { MUTANTS, type Mutant } from './mutants.ts';
export { REGRESSION_SEEDS } from './regression-seeds.ts';
export { scenarioFromSeed, type Scenario } from './scenario.ts';
export {
  runSeed,
  runSimulation,
  SimulationFailure,
  type SimulationReport,
  type SimulationSettings,
} from './simulation.ts';
export { CHECKS, SafetyViolation, type Check } from './violation.ts';
