/**
 * How many requests per second the scheduler decides on, with nothing else to do: `node packages/scheduling/bench/scheduler-throughput.ts`.
 * One request is one enqueue with its poll, its share of a batch's start and end. Medians of rounds; the cases of a round are
 * interleaved, so that a noisy neighbour meets them all.
 */
import { createScheduler, type QueuedRequest, type Scheduler, type SchedulerOptions } from '../src/index.ts';

const ROUNDS = 9;
const REQUESTS = 100_000;

interface Case {
  readonly name: string;
  readonly options: Partial<SchedulerOptions>;
  /** Requests that arrive while a batch runs. */
  readonly arrivals: number;
  readonly request: (id: number, nowUs: number) => Partial<QueuedRequest>;
  /** Cancels everything that waits, in place of running it. */
  readonly cancelStorm?: boolean;
}

const batched: Partial<SchedulerOptions> = { maxBatchSize: 64, dynamicBatching: true, maxPendingRequests: 1e6 };
const plain = (): Partial<QueuedRequest> => ({});

const cases: readonly Case[] = [
  { name: 'lone requests, batch of 1 each', options: batched, arrivals: 1, request: plain },
  { name: '64 queue while a batch runs', options: batched, arrivals: 64, request: plain },
  {
    name: '64, queue delay and preferred sizes',
    options: { ...batched, maxQueueDelayUs: 500, preferredBatchSizes: [16, 32] },
    arrivals: 64,
    request: plain,
  },
  {
    name: '64, each with a deadline',
    options: batched,
    arrivals: 64,
    request: (_id, nowUs) => ({ deadlineUs: nowUs + 1e6 }),
  },
  {
    name: '64, 8 shapes and 4 priorities',
    options: { ...batched, priorityLevels: 4, defaultPriorityLevel: 2 },
    arrivals: 64,
    request: (id) => ({ shapeKey: `s${id % 8}`, priority: id % 5 }),
  },
  { name: '64, a new shape each time', options: batched, arrivals: 64, request: (id) => ({ shapeKey: `s${id}` }) },
  { name: 'split into 10 batches each', options: batched, arrivals: 4, request: () => ({ rows: 640 }) },
  {
    name: '10k queued with deadlines, all cancelled',
    options: batched,
    arrivals: 10_000,
    request: (id, nowUs) => ({ deadlineUs: nowUs + 1e6 + (id % 1000) }),
    cancelStorm: true,
  },
];

/** Requests per second of one round. */
function runCase({ options, arrivals, request, cancelStorm }: Case): number {
  const scheduler = createScheduler(options);
  let nowUs = 0;
  let id = 0;
  const running: number[] = [];
  const startedAt = performance.now();
  while (id < REQUESTS) {
    const firstId = id + 1;
    for (let arrival = 0; arrival < arrivals; arrival++) {
      nowUs += 1;
      id += 1;
      const usual = {
        id,
        rows: 1,
        shapeKey: 's',
        payloadBytes: 1_000,
        priority: 0,
        timeoutUs: 0,
        deadlineUs: Infinity,
      };
      scheduler.enqueue({ ...usual, ...request(id, nowUs) }, nowUs);
      poll(scheduler, running, nowUs);
    }
    if (cancelStorm === true) for (let each = id; each >= firstId; each--) scheduler.cancel(each, nowUs);
    while (running.length > 0 || !scheduler.idle) {
      nowUs += 1_000;
      for (const batchId of running.splice(0)) scheduler.batchFinished(batchId, 'succeeded', nowUs);
      poll(scheduler, running, nowUs);
    }
  }
  return (id / (performance.now() - startedAt)) * 1000;
}

function poll(scheduler: Scheduler, running: number[], nowUs: number): void {
  for (const decision of scheduler.poll(nowUs)) if (decision.kind === 'start') running.push(decision.batch.id);
  scheduler.nextWakeUs();
}

const measured = cases.map((each) => ({ each, perSecond: [] as number[] }));
for (let round = 0; round <= ROUNDS; round++) {
  for (const { each, perSecond } of measured) {
    const result = runCase(each);
    // The first round warms up.
    if (round > 0) perSecond.push(result);
  }
}
process.stdout.write(`${ROUNDS} rounds of ${REQUESTS} requests, Node ${process.version}\n`);
for (const { each, perSecond } of measured) {
  const sorted = perSecond.toSorted((a, b) => a - b);
  const thousands = (position: number): string => `${Math.round(Number(sorted.at(position)) / 1000)}k`;
  const range = `(${thousands(0)} to ${thousands(-1)})`;
  process.stdout.write(`${each.name.padEnd(42)} ${thousands(ROUNDS >> 1).padStart(6)} requests/s  ${range}\n`);
}
