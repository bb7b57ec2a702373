/**
 * Interoperability: Feast's feature server and SDK (PyPI, development only) beside this server, on the same data.
 * RANGEFINDER_FEAST_PYTHON names a Python that has `feast`; skipped, by name, where none has.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { serverOptions, startServer } from '@rangefinder/server';

const ROOT = join(import.meta.dirname, '..', '..');
const TESTS = join(import.meta.dirname, 'test_feast.py');
const ENVIRONMENT = { ...process.env, FEAST_USAGE: 'False', PYTHONDONTWRITEBYTECODE: '1' };
const FEATURES = {
  entities: [{ name: 'driver', joinKey: 'driver_id' }],
  views: [
    {
      name: 'driver_stats',
      entity: 'driver',
      maxAgeMs: 3_600_000,
      features: [
        { name: 'rate', dataType: 'FP32' },
        { name: 'score', dataType: 'FP64' },
        { name: 'trips', dataType: 'INT64' },
        { name: 'city', dataType: 'BYTES' },
        { name: 'active', dataType: 'BOOL' },
        { name: 'embedding', dataType: 'FP32', vector: 2 },
        { name: 'ids', dataType: 'INT64', list: 8 },
      ],
    },
  ],
};

async function main(): Promise<void> {
  const python = findPython();
  if (python === undefined) {
    console.log('Feast interop skipped: no Python with feast (RANGEFINDER_FEAST_PYTHON names one)');
    console.log('0 passed, 0 failed, 1 skipped');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'rangefinder-feast-'));
  const [repo, remote, models] = [join(folder, 'repo'), join(folder, 'remote'), join(folder, 'models')];
  for (const one of [repo, remote, models]) mkdirSync(one);
  cpSync(join(ROOT, 'examples', 'models', 'digits'), join(models, 'digits'), { recursive: true });
  writeFileSync(join(folder, 'features.yaml'), JSON.stringify(FEATURES));
  const server = await startServer(
    serverOptions({
      modelRepository: [models],
      modelControlMode: 'explicit',
      featureRepository: folder,
      featureServices: { drivers: ['driver_stats:rate', 'driver_stats:trips'] },
      featurePushSources: { driver_push: ['driver_stats'] },
      httpPort: 0,
      grpc: false,
      metrics: false,
      logLevel: 'error',
    }),
  );
  let feastServer: ChildProcess | undefined;
  try {
    await applyTo(python, repo, '{type: sqlite, path: online.db}');
    await applyTo(python, remote, `{type: remote, path: "${server.httpUrl}"}`);
    const port = await freePort();
    const parameters = ['serve', '-h', '127.0.0.1', '-p', String(port)];
    feastServer = spawn(feastOf(python), parameters, { cwd: repo, env: ENVIRONMENT, stdio: 'ignore', detached: true });
    const feastUrl = `http://127.0.0.1:${port}`;
    await answering(`${feastUrl}/health`);
    await runTests(python, { FEAST_URL: feastUrl, FEAST_REMOTE_REPO: remote, RANGEFINDER_URL: server.httpUrl });
  } finally {
    // Its workers are processes of their own, in its group.
    if (feastServer?.pid !== undefined) process.kill(-feastServer.pid, 'SIGKILL');
    await server.close(1_000);
    rmSync(folder, { recursive: true, force: true });
  }
}

function findPython(): string | undefined {
  const venv = join(ROOT, '.cache', 'feast-venv', 'bin', 'python');
  const candidates = [process.env['RANGEFINDER_FEAST_PYTHON'], existsSync(venv) ? venv : undefined];
  return candidates.find((python) => python !== undefined && existsSync(feastOf(python)));
}

/** The command beside the Python that it was installed for. */
function feastOf(python: string): string {
  return join(dirname(python), 'feast');
}

async function applyTo(python: string, folder: string, onlineStore: string): Promise<void> {
  cpSync(join(import.meta.dirname, 'feast_definitions.py'), join(folder, 'definitions.py'));
  const lines = ['project: interop', 'registry: registry.db', 'provider: local', `online_store: ${onlineStore}`];
  writeFileSync(join(folder, 'feature_store.yaml'), `${lines.join('\n')}\nentity_key_serialization_version: 3\n`);
  const { code, report } = await ended(spawn(feastOf(python), ['apply'], { cwd: folder, env: ENVIRONMENT }));
  if (code !== 0) throw new Error(`feast apply failed:\n${report}`);
}

async function answering(url: string): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (performance.now() > deadlineMs) throw new Error(`${url} did not answer within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** unittest reports on standard error: `Ran 7 tests`, and what failed as `FAILED (failures=1, errors=2)`. */
async function runTests(python: string, environment: Record<string, string>): Promise<void> {
  const { code, report } = await ended(
    spawn(python, [TESTS, '--verbose'], { env: { ...ENVIRONMENT, ...environment } }),
  );
  process.stderr.write(report);
  const total = Number(/Ran (\d+) tests?/.exec(report)?.[1] ?? 0);
  const counted = [...report.matchAll(/(?:failures|errors)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const failed = code === 0 ? 0 : Math.max(1, counted);
  console.log(`${Math.max(0, total - failed)} passed, ${failed} failed`);
  if (failed > 0 || total === 0) process.exitCode = 1;
}

async function ended(child: ChildProcess): Promise<{ code: number; report: string }> {
  let report = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (report += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, report };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

await main();
