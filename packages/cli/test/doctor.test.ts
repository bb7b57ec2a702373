import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheFinding } from '../src/doctor/cache-finding.ts';
import { brokenEngineFinding, engineFindings } from '../src/doctor/engine-findings.ts';
import { machineFindings, readMachineFacts, type MachineFacts } from '../src/doctor/machine-findings.ts';
import { portFinding } from '../src/doctor/port-finding.ts';
import { doctorText } from '../src/doctor/report-text.ts';

const GIB = 1024 ** 3;
const FACTS: MachineFacts = {
  nodeVersion: '24.1.0',
  machineCores: 8,
  usableCores: 8,
  machineMemoryBytes: 16 * GIB,
  memoryLimitBytes: undefined,
  memoryAvailableBytes: 4 * GIB,
  system: 'linux x64 6',
};

test('a machine as it should be has no problems', () => {
  const findings = machineFindings(FACTS);
  assert.ok(findings.every((finding) => finding.status === 'ok' && finding.advice === ''));
  assert.deepEqual(
    findings.map((finding) => finding.summary),
    ['24.1.0 on linux x64 6', '8', '16 GiB, 4 GiB free'],
  );
});

test('an old Node and too little memory are problems, limits of a container are told', () => {
  const [node, cores, memory] = machineFindings({
    ...FACTS,
    nodeVersion: '20.11.0',
    usableCores: 2,
    memoryLimitBytes: GIB,
    memoryAvailableBytes: 1000,
  });
  assert.deepEqual([node?.status, cores?.status, memory?.status], ['problem', 'ok', 'problem']);
  assert.match(cores?.summary ?? '', /^2 of the machine's 8/);
  assert.match(memory?.summary ?? '', /^1 GiB of the machine's 16 GiB/);
});

test('the facts of this machine make sense', () => {
  const facts = readMachineFacts(1);
  assert.ok(
    facts.machineCores >= 1 && facts.memoryAvailableBytes > 0 && facts.memoryAvailableBytes <= facts.machineMemoryBytes,
  );
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a port is free, or taken by an inference server, or by something else', async () => {
  const ours = createHttpServer((_request, response) => response.end('{"name":"rangefinder","version":"1"}'));
  const other = createServer((socket) => socket.destroy());
  const [ourPort, otherPort] = [await listening(ours), await listening(other)];
  const taken = await portFinding('http port', '127.0.0.1', ourPort);
  assert.deepEqual([taken.status, taken.details['free']], ['note', false]);
  assert.match(taken.summary, /running server \(rangefinder\)/);
  const foreign = await portFinding('http port', '127.0.0.1', otherPort);
  assert.equal(foreign.status, 'problem');
  assert.match(foreign.advice, /--http-port/);
  const grpc = createHttp2Server();
  const calls = await portFinding('grpc port', '127.0.0.1', await listening(grpc));
  assert.match(calls.summary, /running server \(gRPC\)/);
  grpc.close();
  ours.closeAllConnections();
  ours.close();
  other.close();
  await Promise.all([once(ours, 'close'), once(other, 'close')]);
  assert.equal((await portFinding('http port', '127.0.0.1', otherPort)).status, 'ok');
  assert.equal((await portFinding('http port', '203.0.113.1', otherPort)).status, 'problem');
});

test('a cache folder that is not there yet is judged by the folder above it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rangefinder-doctor-'));
  const finding = await cacheFinding(join(folder, 'a', 'b'));
  rmSync(folder, { recursive: true });
  assert.equal(finding.details['writable'], true);
  assert.match(finding.summary, /a.b \(not there yet\), .* free/);
});

test('each execution provider has its line, and a missing one says what it needs', () => {
  const findings = engineFindings([
    {
      name: 'onnx',
      library: '/lib/libonnxruntime.so',
      version: '1.30.0',
      executionProviders: [
        { name: 'cpu', available: true, reason: '' },
        { name: 'cuda', available: false, reason: 'install CUDA 12' },
      ],
    },
  ]);
  assert.deepEqual(
    findings.map((finding) => finding.status),
    ['ok', 'ok', 'note'],
  );
  assert.equal(findings[2]?.advice, 'install CUDA 12');
  const text = doctorText([...findings, brokenEngineFinding('other', 'no such file')], (_style, part) => part);
  assert.match(text, /libraries\n {2}✓ onnx +1\.30\.0, \/lib\/libonnxruntime\.so\n/);
  assert.match(text, /· cuda +not available\n +install CUDA 12\n/);
  assert.match(text, /✗ other +cannot be loaded: no such file\n/);
  assert.match(text, /\n1 problem\n$/);
});
