/** The load generator: a process of its own, so that its work is not the server's. Reads a LoadPlan, prints a LoadReport. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { quantile } from '../harness/statistics.ts';
import { HttpConnection, httpRequest } from './http-connection.ts';
import type { LoadPlan, LoadReport, OpenLoad } from './load-plan.ts';

class Recorder {
  readonly latenciesMs: number[] = [];
  failures = 0;
  readonly #fromMs: number;
  readonly untilMs: number;

  constructor(plan: LoadPlan) {
    this.#fromMs = performance.now() + plan.warmupMs;
    this.untilMs = this.#fromMs + plan.durationMs;
  }

  add(startMs: number, status: number): void {
    const nowMs = performance.now();
    if (nowMs < this.#fromMs || nowMs > this.untilMs) return;
    if (status === 200) this.latenciesMs.push(nowMs - startMs);
    else this.failures += 1;
  }
}

async function closedLoop(
  connections: readonly HttpConnection[],
  request: Uint8Array,
  recorder: Recorder,
): Promise<void> {
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < recorder.untilMs) {
        const startMs = performance.now();
        recorder.add(startMs, await connection.send(request));
      }
    }),
  );
}

async function openLoop(
  connections: readonly HttpConnection[],
  request: Uint8Array,
  load: OpenLoad,
  recorder: Recorder,
): Promise<void> {
  const free = [...connections];
  const due: number[] = [];
  const intervalMs = 1000 / load.requestsPerSecond;
  let nextMs = performance.now();
  const serve = (): void => {
    while (due.length > 0 && free.length > 0) {
      const connection = free.pop()!;
      const startMs = due.shift()!;
      void connection.send(request).then((status) => {
        recorder.add(startMs, status);
        free.push(connection);
        serve();
      });
    }
  };
  while (performance.now() < recorder.untilMs) {
    for (; nextMs <= performance.now(); nextMs += intervalMs) due.push(nextMs);
    serve();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
  }
  while (free.length < connections.length) await new Promise((resolve) => setTimeout(resolve, 5));
}

const plan = JSON.parse(await text(process.stdin)) as LoadPlan;
const request = httpRequest(plan.path, plan.headers, readFileSync(plan.bodyFile));
const connections = await Promise.all(
  Array.from({ length: plan.load.connections }, () => HttpConnection.open(plan.port)),
);
const recorder = new Recorder(plan);
const cpu = process.cpuUsage();
const startMs = performance.now();
if (plan.load.kind === 'closed') await closedLoop(connections, request, recorder);
else await openLoop(connections, request, plan.load, recorder);
const spent = process.cpuUsage(cpu);
const wallMs = performance.now() - startMs;
for (const connection of connections) connection.close();

const sorted = recorder.latenciesMs.toSorted((a, b) => a - b);
const seconds = plan.durationMs / 1000;
const report: LoadReport = {
  requests: sorted.length,
  failures: recorder.failures,
  seconds,
  requestsPerSecond: sorted.length / seconds,
  latencyMs: {
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) ?? 0,
  },
  generatorCpuShare: (spent.user + spent.system) / 1000 / wallMs,
};
console.log(JSON.stringify(report));
