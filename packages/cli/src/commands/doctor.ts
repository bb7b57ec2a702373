import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { toRangefinderError } from '@rangefinder/base';
import { availableCores, OnnxEngine } from '@rangefinder/engines';
import { cacheFinding } from '../doctor/cache-finding.ts';
import { brokenEngineFinding, engineFindings } from '../doctor/engine-findings.ts';
import type { Finding } from '../doctor/finding.ts';
import { imageFinding } from '../doctor/image-finding.ts';
import { machineFindings, readMachineFacts } from '../doctor/machine-findings.ts';
import { portFinding } from '../doctor/port-finding.ts';
import { doctorText } from '../doctor/report-text.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../program.ts';
import { jsonText } from '../terminal/json-text.ts';
import { painterFor, type Terminal } from '../terminal/terminal.ts';

const HTTP_PORT = 8000;
const GRPC_PORT = 8001;
const METRICS_PORT = 8002;

export async function runDoctor({ options, terminal }: Invocation): Promise<ExitCode> {
  const host = options.text('--host') ?? '127.0.0.1';
  const httpPort = options.integer('--http-port', 1, 65_535) ?? HTTP_PORT;
  const grpcPort = options.integer('--grpc-port', 1, 65_535) ?? GRPC_PORT;
  const metricsPort = options.integer('--metrics-port', 1, 65_535) ?? METRICS_PORT;
  const cacheDir = resolve(options.text('--cache-dir') ?? defaultCacheDir(terminal.environment));
  const findings = [
    ...machineFindings(readMachineFacts(availableCores())),
    ...(await onnxFindings(options.text('--onnxruntime-library'))),
    await imageFinding(),
    await portFinding('http port', host, httpPort),
    await portFinding('grpc port', host, grpcPort),
    await portFinding('metrics port', host, metricsPort),
    await cacheFinding(cacheDir),
  ];
  const isSound = findings.every((finding) => finding.status !== 'problem');
  const paint = painterFor(terminal.out, terminal.environment);
  terminal.out.write(options.isOn('--json') ? jsonText({ ok: isSound, findings }) : doctorText(findings, paint));
  return isSound ? EXIT.ok : EXIT.failure;
}

async function onnxFindings(libraryPath: string | undefined): Promise<readonly Finding[]> {
  const engine = new OnnxEngine(libraryPath === undefined ? {} : { libraryPath: resolve(libraryPath) });
  try {
    return engineFindings([await engine.describe({ tryDevices: true })]);
  } catch (error) {
    return [brokenEngineFinding('onnx', toRangefinderError(error).message)];
  } finally {
    await engine.close();
  }
}

/** Where a cache of this user belongs: XDG_CACHE_HOME or its usual place. */
function defaultCacheDir(environment: Terminal['environment']): string {
  const base = environment['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'rangefinder');
}
