/** The load generator: a process of its own, so that its work is not the server's. Reads a LoadPlan, prints a LoadReport. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { HttpConnection, httpRequest } from './http-connection.ts';
import type { LoadPlan, OpenLoad } from './load-plan.ts';
import { Recorder } from './recorder.ts';

async function closedLoop(
  connections: readonly HttpConnection[],
  request: Uint8Array,
  recorder: Recorder,
): Promise<void> {
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < recorder.untilMs) {
        const startMs = performance.now();
        recorder.add(startMs, (await connection.send(request)) === 200);
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
        recorder.add(startMs, status === 200);
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
if (plan.load.kind === 'closed') await closedLoop(connections, request, recorder);
else await openLoop(connections, request, plan.load, recorder);
for (const connection of connections) connection.close();
console.log(JSON.stringify(recorder.report()));
