/**
 * Writes `packages/protocol/src/gen/` from the .proto files: `npm run protos`. The compiler and the generator are fetched by
 * `npm exec` at fixed versions and stay out of the lock file: together they weigh a hundred megabytes, and few need them.
 * What was generated from what is kept as digests beside the code; a test compares those without the generator, and
 * `npm run protos -- --check` generates anew and compares every byte, as CI does.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
export const PROTO_DIR = join(ROOT, 'packages', 'protocol', 'proto');
export const GEN_DIR = join(ROOT, 'packages', 'protocol', 'src', 'gen');
const STAMP_FILE = 'generated-from.json';

const TOOLS = ['@bufbuild/buf@1.75.0', '@bufbuild/protoc-gen-es@2.17.0', '@bufbuild/protobuf@2.17.0'];
const OPTIONS = ['target=ts', 'import_extension=ts', 'erasable_syntax=true'];

interface Stamp {
  readonly tools: readonly string[];
  readonly options: readonly string[];
  /** Path under `proto/` → SHA-256. */
  readonly sources: Readonly<Record<string, string>>;
  /** Path under `gen/` → SHA-256. */
  readonly generated: Readonly<Record<string, string>>;
}

/** What does not fit together: sources that changed since, generated files that were edited. Empty: all is fresh. */
export function staleProtos(protoDir = PROTO_DIR, genDir = GEN_DIR): string[] {
  const kept = JSON.parse(readFileSync(join(genDir, STAMP_FILE), 'utf8')) as Stamp;
  const now = stampOf(protoDir, genDir);
  return [
    ...differences('proto', kept.sources, now.sources),
    ...differences('gen', kept.generated, now.generated),
    ...(JSON.stringify([kept.tools, kept.options]) === JSON.stringify([now.tools, now.options]) ? [] : ['the tools']),
  ];
}

function stampOf(protoDir: string, genDir: string): Stamp {
  return {
    tools: TOOLS,
    options: OPTIONS,
    sources: digests(protoDir, '**/*.proto'),
    generated: digests(genDir, '**/*.ts'),
  };
}

function digests(folder: string, pattern: string): Record<string, string> {
  const paths = globSync(pattern, { cwd: folder }).map((path) => path.replaceAll('\\', '/'));
  return Object.fromEntries(
    paths.sort().map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  );
}

function differences(
  folder: string,
  kept: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  const paths = [...new Set([...Object.keys(kept), ...Object.keys(now)])];
  return paths.filter((path) => kept[path] !== now[path]).map((path) => `${folder}/${path}`);
}

/** Throws when the compiler refuses the sources or cannot be fetched; its own words are on standard error. */
function generate(target: string): void {
  const template = { version: 'v2', plugins: [{ local: 'protoc-gen-es', out: target, opt: OPTIONS }] };
  const args = ['generate', '--template', JSON.stringify(template), PROTO_DIR];
  const packages = TOOLS.map((tool) => `--package=${tool}`);
  const { status, error } = spawnSync('npm', ['exec', '--yes', ...packages, '--', 'buf', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) throw error ?? new Error(`buf ended with ${status}`);
  writeFileSync(join(target, STAMP_FILE), `${JSON.stringify(stampOf(PROTO_DIR, target), null, 2)}\n`);
}

if (import.meta.main) {
  const fresh = mkdtempSync(join(tmpdir(), 'rangefinder-protos-'));
  try {
    generate(fresh);
    if (process.argv.includes('--check')) {
      const files = globSync('**/*.{ts,json}', { cwd: fresh });
      const same = (path: string) => readFileSync(join(fresh, path), 'utf8') === readIfThere(join(GEN_DIR, path));
      const stale = [...files.filter((path) => !same(path)), ...staleProtos()];
      if (stale.length > 0) console.error(`stale: ${stale.join(', ')}; write them with: npm run protos`);
      console.log(`${files.length - stale.length} passed, ${stale.length} failed`);
      process.exitCode = stale.length > 0 ? 1 : 0;
    } else {
      rmSync(GEN_DIR, { recursive: true, force: true });
      cpSync(fresh, GEN_DIR, { recursive: true });
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
