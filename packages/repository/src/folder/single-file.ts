import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeFile } from './file-tree.ts';

/** A model that is one file, with its external data, which ONNX tools name after it: `m.onnx.data`, `m.onnx_data`. */
export async function statSingleFile(directory: string, fileName: string): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = [];
  for (const path of (await readdir(directory)).sort()) {
    const isPart = path === fileName || path.startsWith(`${fileName}.`) || path.startsWith(`${fileName}_`);
    if (!isPart) continue;
    const absolutePath = join(directory, path);
    const stats = await stat(absolutePath, { bigint: true });
    if (stats.isFile()) files.push({ path, absolutePath, stats });
  }
  return files;
}
