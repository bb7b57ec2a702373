import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from '@rangefinder/testing';
import nodeFlags from '../../scripts/bootstrap/node-flags.json' with { type: 'json' };
import type { GrpcLoadPlan, LoadPlan, LoadReport } from '../load/load-plan.ts';

const LOAD_GENERATOR = fileURLToPath(new URL('../load/generate-load.ts', import.meta.url));
const GRPC_LOAD_GENERATOR = fileURLToPath(new URL('../load/generate-grpc-load.ts', import.meta.url));
const SERVER = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));

export interface BenchServer {
  readonly port: number;
  readonly metricsPort: number;
  readonly pid: number;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
}

/** The real server in a process of its own, with the flags that `npm start` gives it, ready when this resolves. */
export async function startBenchServer(repository: string, flags: readonly string[] = []): Promise<BenchServer> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const ports = ['--http-port', String(port), '--metrics-port', String(metricsPort), '--no-grpc'];
  const args = ['--model-repository', repository, ...ports];
  const child = spawn(process.execPath, [...nodeFlags.flags, SERVER, ...args, '--log-level', 'warn', ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await waitUntilReady(port, child);
  return {
    port,
    metricsPort,
    pid: child.pid ?? 0,
    async stop() {
      const exit = once(child, 'exit') as Promise<[number | null]>;
      child.kill('SIGTERM');
      return (await exit)[0];
    },
  };
}

export function generateLoad(plan: LoadPlan): Promise<LoadReport> {
  return runGenerator(LOAD_GENERATOR, plan);
}

export function generateGrpcLoad(plan: GrpcLoadPlan): Promise<LoadReport> {
  return runGenerator(GRPC_LOAD_GENERATOR, plan);
}

async function runGenerator(file: string, plan: object): Promise<LoadReport> {
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(plan));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  return JSON.parse(output) as LoadReport;
}

async function waitUntilReady(port: number, child: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode} before it was ready`);
    const ready = await fetch(`http://127.0.0.1:${port}/v2/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error('the server was not ready within a minute');
}
