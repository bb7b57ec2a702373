/** The load generator for gRPC: a process of its own. Reads a GrpcLoadPlan, prints a LoadReport. */
import { readFileSync } from 'node:fs';
import { connect, type ClientHttp2Session } from 'node:http2';
import { text } from 'node:stream/consumers';
import type { GrpcLoadPlan } from './load-plan.ts';
import { Recorder } from './recorder.ts';

/** One call; resolves with whether its status is OK. */
function call(session: ClientHttp2Session, path: string, message: Uint8Array): Promise<boolean> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  let succeeded = false;
  stream.on('trailers', (trailers) => (succeeded = trailers['grpc-status'] === '0'));
  stream.resume();
  stream.end(message);
  return new Promise((resolve, reject) => {
    stream.once('close', () => resolve(succeeded));
    stream.once('error', reject);
  });
}

const plan = JSON.parse(await text(process.stdin)) as GrpcLoadPlan;
const message = readFileSync(plan.bodyFile);
const session = connect(`http://127.0.0.1:${plan.port}`);
const recorder = new Recorder(plan);
await Promise.all(
  Array.from({ length: plan.calls }, async () => {
    while (performance.now() < recorder.untilMs) {
      const startMs = performance.now();
      recorder.add(startMs, await call(session, plan.path, message));
    }
  }),
);
session.close();
console.log(JSON.stringify(recorder.report()));
