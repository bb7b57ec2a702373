import { seededRandom, type Random } from '@rangefinder/base';
import {
  createScheduler,
  OrderedRelease,
  type Batch,
  type QueuedRequest,
  type Scheduler,
  type SchedulerOptions,
} from '@rangefinder/scheduling';
import { EventHeap } from './event-heap.ts';
import { scenarioFromSeed, type Scenario } from './scenario.ts';
import { SimulatedDriver, type OutcomeRelease, type SimulatedWorld } from './simulated-driver.ts';
import type { Outcome } from './scheduler-ledger.ts';
import { Trace } from './trace.ts';
import { SafetyViolation, type Check } from './violation.ts';

export interface SimulationReport {
  readonly seed: number;
  /** Equal for equal runs. */
  readonly traceHash: string;
  readonly events: number;
  /** How many requests ended how, and how many batches were cut why. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly cuts: Readonly<Record<string, number>>;
  readonly trace: readonly string[];
}

export interface SimulationSettings {
  /** The scheduler under test; the real one unless a mutant is tried. */
  readonly createScheduler?: (options: SchedulerOptions) => Scheduler;
  readonly createRelease?: () => OutcomeRelease;
  readonly keepTrace?: boolean;
}

/** Something that the scheduler promises did not hold. The message tells the seed and the command that replays it. */
export class SimulationFailure extends Error {
  readonly seed: number;
  /** Which promise, as the checks name it; `error` for anything else that was thrown. */
  readonly check: Check | 'error';
  readonly trace: readonly string[];

  constructor(seed: number, timeUs: number, cause: unknown, trace: readonly string[]) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    super(`seed ${seed}, ${timeUs} µs: ${problem}\n  replay: node packages/testing/src/simulation/replay.ts ${seed}`, {
      cause,
    });
    this.name = 'SimulationFailure';
    this.seed = seed;
    this.check = cause instanceof SafetyViolation ? cause.check : 'error';
    this.trace = trace;
  }
}

/** Lives through one scenario to its end. Throws SimulationFailure at the first check that fails. */
export function runSimulation(scenario: Scenario, settings: SimulationSettings = {}): SimulationReport {
  return new Simulation(scenario, settings).run();
}

export function runSeed(seed: number, settings: SimulationSettings = {}): SimulationReport {
  return runSimulation(scenarioFromSeed(seed), settings);
}

/** Runs that end and wakes that never come to rest are faults too: more events than this per request mean a livelock. */
const EVENTS_PER_REQUEST_MAX = 200;
const SLOW_FACTOR = 30;

class Simulation implements SimulatedWorld {
  readonly #scenario: Scenario;
  readonly #settings: SimulationSettings;
  readonly #random: Random;
  readonly #events = new EventHeap<() => void>();
  readonly #trace: Trace;
  readonly #drivers: SimulatedDriver[] = [];
  /** Runs under way, by driver and batch; an abort replaces the end. */
  readonly #runs = new Map<string, { ended: boolean }>();
  readonly #wakes = new Map<SimulatedDriver, { cancelled: boolean }>();
  readonly #cuts: Record<string, number> = {};
  /** True time, which runs and arrivals keep to, and what the driver's clock adds to it. */
  #timeUs = 0;
  #jumpedUs = 0;
  #nextRequestId = 1;

  constructor(scenario: Scenario, settings: SimulationSettings) {
    this.#scenario = scenario;
    this.#settings = settings;
    this.#random = seededRandom(scenario.seed ^ 0x5eed);
    this.#trace = new Trace(settings.keepTrace ?? false);
  }

  run(): SimulationReport {
    let events = 0;
    try {
      this.#startVersion();
      const endUs = this.#scheduleArrivals();
      this.#scheduleFaults(endUs);
      const eventsMax = EVENTS_PER_REQUEST_MAX * (this.#scenario.requests + 10);
      for (let entry = this.#events.pop(); entry !== undefined; entry = this.#events.pop()) {
        this.#timeUs = entry.timeUs;
        entry.event();
        if (++events > eventsMax) throw new SafetyViolation('liveness', `no end after ${events} events`);
      }
      for (const driver of this.#drivers) driver.checkFinished();
    } catch (thrown) {
      throw new SimulationFailure(this.#scenario.seed, this.#timeUs, thrown, this.#trace.lines);
    }
    const { seed } = this.#scenario;
    return {
      seed,
      traceHash: this.#trace.hash,
      events,
      outcomes: this.#countOutcomes(),
      cuts: this.#cuts,
      trace: this.#trace.lines,
    };
  }

  nowUs(): number {
    return this.#timeUs + this.#jumpedUs;
  }

  wakeAt(driver: SimulatedDriver, driverUs: number): void {
    const previous = this.#wakes.get(driver);
    if (previous !== undefined) previous.cancelled = true;
    const wake = { cancelled: false };
    this.#wakes.set(driver, wake);
    const lateUs = this.#random.below(this.#scenario.timerLatenessUs + 1);
    const atUs = Math.max(this.#timeUs, Math.ceil(driverUs - this.#jumpedUs)) + lateUs;
    this.#events.push(atUs, () => {
      if (!wake.cancelled) driver.poll();
    });
  }

  runStarted(driver: SimulatedDriver, batch: Batch): void {
    const { cut } = batch.explanation;
    this.#cuts[cut] = (this.#cuts[cut] ?? 0) + 1;
    const { runBaseUs, runPerRowUs, slowRate, failureRate } = this.#scenario;
    const usualUs = runBaseUs + runPerRowUs * batch.rows;
    const slow = this.#random.next() < slowRate ? SLOW_FACTOR : 1;
    const durationUs = Math.max(1, Math.round(usualUs * slow * (0.8 + 0.4 * this.#random.next())));
    const outcome = this.#random.next() < failureRate ? 'failed' : 'succeeded';
    const run = { ended: false };
    this.#runs.set(this.#runName(driver, batch.id), run);
    this.#endRunLater(driver, batch.id, run, durationUs, outcome);
  }

  runAborted(driver: SimulatedDriver, batchId: number): void {
    const run = this.#runs.get(this.#runName(driver, batchId))!;
    // Some engines stop soon, some only between operators, some not at all; the first end counts.
    if (this.#random.next() < 0.8) this.#endRunLater(driver, batchId, run, this.#random.below(200), 'aborted');
  }

  #endRunLater(
    driver: SimulatedDriver,
    batchId: number,
    run: { ended: boolean },
    afterUs: number,
    outcome: 'succeeded' | 'failed' | 'aborted',
  ): void {
    this.#events.push(this.#timeUs + afterUs, () => {
      if (run.ended) return;
      run.ended = true;
      this.#runs.delete(this.#runName(driver, batchId));
      driver.runEnded(batchId, outcome);
      driver.poll();
    });
  }

  #runName(driver: SimulatedDriver, batchId: number): string {
    return `${this.#drivers.indexOf(driver)}/${batchId}`;
  }

  /** A new version of the model takes over; the old one drains. */
  #startVersion(): void {
    const old = this.#drivers.at(-1);
    const { options } = this.#scenario;
    const create = this.#settings.createScheduler ?? createScheduler;
    const createRelease = this.#settings.createRelease ?? (() => new OrderedRelease<Outcome>());
    const release = options.preserveOrdering ? createRelease() : undefined;
    this.#drivers.push(new SimulatedDriver(create(options), release, options, this, this.#trace));
    if (old === undefined) return;
    old.drain();
    old.poll();
    // A request that was already on its way to the old version is turned away.
    old.arrive(this.#nextRequest());
  }

  /** Lays out all arrivals; returns the time of the last. */
  #scheduleArrivals(): number {
    const { requests, meanGapUs, burstRate, burstMax, pollInsideBursts } = this.#scenario;
    let timeUs = 0;
    for (let left = requests; left > 0;) {
      timeUs += Math.round(-Math.log(1 - this.#random.next()) * meanGapUs);
      const count = Math.min(left, this.#random.next() < burstRate ? 1 + this.#random.below(burstMax) : 1);
      left -= count;
      this.#events.push(timeUs, () => {
        const driver = this.#drivers.at(-1)!;
        for (let arrival = 0; arrival < count; arrival++) {
          this.#arriveAt(driver);
          if (pollInsideBursts) driver.poll();
        }
        this.#pollSoon(driver);
      });
    }
    return timeUs;
  }

  #arriveAt(driver: SimulatedDriver): void {
    const request = this.#nextRequest();
    driver.arrive(request);
    if (this.#random.next() >= this.#scenario.cancelRate) return;
    const { runBaseUs, meanGapUs } = this.#scenario;
    const afterUs = this.#random.below(4 * (runBaseUs + meanGapUs));
    this.#events.push(this.#timeUs + afterUs, () => {
      driver.cancel(request.id);
      this.#pollSoon(driver);
    });
  }

  #pollSoon(driver: SimulatedDriver): void {
    const { pollDelayUs } = this.#scenario;
    if (pollDelayUs === 0) driver.poll();
    else this.#events.push(this.#timeUs + this.#random.below(pollDelayUs), () => driver.poll());
  }

  #nextRequest(): QueuedRequest {
    const random = this.#random;
    const { options, runBaseUs, runPerRowUs, ...scenario } = this.#scenario;
    const { maxBatchSize } = options;
    const batchUs = runBaseUs + runPerRowUs * Math.max(1, maxBatchSize);
    let rows = maxBatchSize > 1 && random.next() < 0.5 ? 1 + random.below(maxBatchSize) : 1;
    if (maxBatchSize > 0 && random.next() < scenario.oversizedRate) rows = 1 + random.below(5 * maxBatchSize);
    const deadlineInUs = random.next() < scenario.deadlineRate ? random.below(12 * batchUs) : Infinity;
    return {
      id: this.#nextRequestId++,
      rows,
      shapeKey: `shape ${random.below(scenario.shapeKeys)}`,
      payloadBytes: random.below(scenario.payloadBytesMax),
      priority: random.below(options.priorityLevels + 2),
      timeoutUs: random.next() < scenario.timeoutRate ? 1 + random.below(8 * batchUs) : 0,
      deadlineUs: this.nowUs() + deadlineInUs,
    };
  }

  #scheduleFaults(endUs: number): void {
    const { cancelStorms, clockJumps, reloads, meanGapUs } = this.#scenario;
    const sometime = (): number => this.#random.below(endUs + 1);
    for (let storm = 0; storm < cancelStorms; storm++) this.#events.push(sometime(), () => this.#cancelMost());
    for (let reload = 0; reload < reloads; reload++) this.#events.push(sometime(), () => this.#startVersion());
    for (let jump = 0; jump < clockJumps; jump++) {
      const byUs = (this.#random.below(4_001) - 2_000) * (1 + meanGapUs);
      this.#events.push(sometime(), () => this.#jumpClock(byUs));
    }
  }

  /** Timers follow the clock that does not jump; after a jump the driver polls, as it would on any event, and asks again. */
  #jumpClock(byUs: number): void {
    this.#trace.add(this.nowUs(), `clock jumps by ${byUs}`);
    this.#jumpedUs += byUs;
    for (const driver of this.#drivers) driver.poll();
  }

  #cancelMost(): void {
    for (const driver of this.#drivers) {
      for (const request of driver.ledger.pending) if (this.#random.next() < 0.9) driver.cancel(request.id);
      driver.poll();
    }
  }

  #countOutcomes(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const driver of this.#drivers) {
      for (const [code, count] of driver.refused) counts[code] = (counts[code] ?? 0) + count;
      for (const { outcome } of driver.ledger.requests.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  }
}
