import { createHash } from 'node:crypto';
import type { TreeFile } from './file-tree.ts';

/**
 * A short text that changes when a file is added, removed, renamed, replaced or rewritten. From names, sizes, modification
 * times (ns) and inodes, so that a link that is switched to other content with equal times is noticed; contents are not read.
 */
export function fingerprintOf(files: readonly TreeFile[]): string {
  const hash = createHash('sha256');
  for (const { path, stats } of files)
    hash.update(`${path}\0${stats.size}\0${stats.mtimeNs}\0${stats.dev}\0${stats.ino}\n`);
  return hash.digest('base64url').slice(0, 22);
}
