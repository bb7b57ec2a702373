/**
 * Builds the page at `/` from packages/dashboard/src/app into packages/dashboard/dist: index.html, and assets whose names
 * carry a hash of their content, so that a server may let browsers keep them for ever. Does nothing when neither the sources
 * nor the libraries changed since the last build.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const APP = join(ROOT, 'packages/dashboard/src/app');
const DIST = join(ROOT, 'packages/dashboard/dist');
const STAMP = join(DIST, '.stamp');
/** Placeholder in index.html → the source file whose built name goes there. */
const ENTRIES = { '%MAIN_SCRIPT%': 'main.tsx', '%THEME_SCRIPT%': 'theme-boot.ts', '%STYLE%': 'styles/main.css' };
const ICON = 'icon.svg';

/** Whether anything was built; false when the last build is still good. */
export async function buildDashboard(): Promise<boolean> {
  const stamp = await sourceStamp();
  if (await isCurrent(stamp)) return false;

  const { metafile, outputFiles } = await build({
    absWorkingDir: APP,
    entryPoints: Object.values(ENTRIES),
    entryNames: 'assets/[name]-[hash]',
    outdir: DIST,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'eof',
    metafile: true,
    write: false,
  });
  const icon = await readFile(join(APP, ICON));
  const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`;

  await mkdir(join(DIST, 'assets'), { recursive: true });
  await Promise.all(outputFiles.map((file) => writeFile(file.path, file.contents)));
  await writeFile(join(DIST, 'assets', iconName), icon);
  // The page last and in one step, so that a server that is up never serves one whose assets are not there yet.
  await writeFile(join(DIST, 'index.html.new'), await page(metafile, `assets/${iconName}`));
  await rename(join(DIST, 'index.html.new'), join(DIST, 'index.html'));
  await removeOthers(new Set([iconName, ...outputFiles.map((file) => basename(file.path))]));
  await writeFile(STAMP, stamp);
  return true;
}

async function page(metafile: Metafile, iconPath: string): Promise<string> {
  let html = (await readFile(join(APP, 'index.html'), 'utf8')).replace('%ICON%', iconPath);
  for (const [placeholder, source] of Object.entries(ENTRIES)) {
    const built = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === source)?.[0];
    if (built === undefined) throw new Error(`esbuild made no output for ${source}`);
    html = html.replace(placeholder, `assets/${basename(built)}`);
  }
  return html;
}

async function removeOthers(kept: ReadonlySet<string>): Promise<void> {
  const names = await readdir(join(DIST, 'assets'));
  await Promise.all(names.filter((name) => !kept.has(name)).map((name) => rm(join(DIST, 'assets', name))));
}

async function isCurrent(stamp: string): Promise<boolean> {
  try {
    await readFile(join(DIST, 'index.html'));
    return (await readFile(STAMP, 'utf8')) === stamp;
  } catch {
    return false;
  }
}

/** Over every source file, this script, and the versions of what goes into the bundle. */
async function sourceStamp(): Promise<string> {
  const entries = await readdir(APP, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const libraries = ['preact', 'uplot', 'esbuild'].map((name) => join(ROOT, 'node_modules', name, 'package.json'));
  const hash = createHash('sha256');
  for (const path of [...files.sort(), ...libraries, fileURLToPath(import.meta.url)]) {
    hash.update(`${path.slice(ROOT.length)}\0`).update(await readFile(path));
  }
  return hash.digest('hex');
}

if (import.meta.main) {
  const startedMs = performance.now();
  const built = await buildDashboard();
  console.log(built ? `dashboard built in ${Math.round(performance.now() - startedMs)} ms` : 'dashboard is up to date');
}
