/**
 * The conformance suite: all cases of `libonnx-testdata` through a server.
 *
 *     node conformance/run.ts            compares docs/conformance.md with what was found
 *     node conformance/run.ts --write    writes it anew
 *
 * Ends with code 1 when a case fails that ONNX Runtime alone passes, or when the report is stale.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RangefinderClient } from '@rangefinder/client';
import { serverOptions, startServer } from '@rangefinder/server';
import { bareVerdicts } from './onnx/bare-runtime.ts';
import { outcomeOf, renderReport, type CaseResult } from './onnx/report.ts';
import { runServedCase, type Verdict } from './onnx/served-case.ts';
import { findTestCases, TEST_DATA_DIR, type TestCase } from './onnx/test-cases.ts';

const REPORT = join(import.meta.dirname, '..', 'docs', 'conformance.md');
const CONCURRENCY = 3;
const PROGRESS_MS = 5000;

async function main(): Promise<void> {
  const cases = findTestCases();
  if (cases.length === 0) {
    console.log(`conformance skipped: ${TEST_DATA_DIR} is not there (apt-get install libonnx-testdata)`);
    console.log('0 passed, 0 failed, 1 skipped');
    return;
  }
  const verdicts = await serveAll(cases);
  const differing = cases.filter((_, i) => verdicts[i]?.kind === 'differs').map(({ id }) => id);
  console.log(`${differing.length} cases go to ONNX Runtime alone`);
  const bare = await bareVerdicts(differing);
  const results = cases.map(({ id, group }, i): CaseResult => ({
    id,
    group,
    verdict: verdicts[i] ?? { kind: 'passed' },
    bareProblem: bare.get(id) ?? '',
  }));
  conclude(results);
}

async function serveAll(cases: readonly TestCase[]): Promise<Verdict[]> {
  const repository = mkdtempSync(join(tmpdir(), 'rangefinder-conformance-'));
  try {
    for (const testCase of cases) addModel(repository, testCase);
    const options = {
      modelRepository: [repository],
      modelControlMode: 'explicit',
      httpPort: 0,
      grpc: false,
      metrics: false,
      logLevel: 'error',
    };
    const server = await startServer(serverOptions(options));
    const client = new RangefinderClient({ url: server.httpUrl });
    try {
      return await runAll(client, cases);
    } finally {
      client.close();
      await server.close(5000);
    }
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

function addModel(repository: string, { modelName, modelPath }: TestCase): void {
  const version = join(repository, modelName, '1');
  mkdirSync(version, { recursive: true });
  symlinkSync(modelPath, join(version, 'model.onnx'));
  writeFileSync(join(repository, modelName, 'model.yaml'), 'max_batch_size: 0\ninstance_group: [{ count: 1 }]\n');
}

async function runAll(client: RangefinderClient, cases: readonly TestCase[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  const progress = setInterval(() => console.log(`${next} of ${cases.length} cases`), PROGRESS_MS);
  const work = async (): Promise<void> => {
    for (let i = next++; i < cases.length; i = next++) verdicts[i] = await runServedCase(client, cases[i]!);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  clearInterval(progress);
  return verdicts;
}

function conclude(results: readonly CaseResult[]): void {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  const report = renderReport(results, version);
  const count = (outcome: string): number => results.filter((result) => outcomeOf(result) === outcome).length;
  const failed = results.filter((result) => outcomeOf(result) === 'failed');
  for (const { id, verdict } of failed) console.log(`✖ ${id}: ${verdict.kind === 'differs' ? verdict.problem : ''}`);
  let staleReports = 0;
  if (process.argv.includes('--write')) writeFileSync(REPORT, report);
  else if (readReport() !== report) {
    staleReports = 1;
    console.log('✖ docs/conformance.md is not what was found now; write it with: npm run conformance -- --write');
  }
  const skipped = results.length - count('passed') - failed.length;
  console.log(`${count('passed')} passed, ${failed.length + staleReports} failed, ${skipped} skipped`);
  if (failed.length + staleReports > 0) process.exitCode = 1;
}

function readReport(): string {
  try {
    return readFileSync(REPORT, 'utf8');
  } catch {
    return '';
  }
}

await main();
