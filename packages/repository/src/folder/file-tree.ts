import type { BigIntStats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of one model; more is no model but a mistake such as a repository inside a repository. */
export const FILES_MAX = 10_000;
/** Folders inside folders, which also ends symbolic links in a circle. */
export const FOLDER_DEPTH_MAX = 16;

export interface TreeFile {
  /** With forward slashes, from the folder that was listed. */
  readonly path: string;
  readonly absolutePath: string;
  readonly stats: BigIntStats;
}

/** There are more files, or deeper, than a model may have. */
export class FileTreeLimit extends Error {}

/**
 * All regular files below a folder, symbolic links followed, in the order of their paths' code units. Left out: names that
 * start with a dot (where people and tools keep what is not finished), pipes, sockets and devices. Throws FileTreeLimit, and
 * file system errors as they are.
 */
export async function listFileTree(directory: string): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = [];
  await collect(directory, '', 0, files);
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

async function collect(directory: string, prefix: string, depth: number, files: TreeFile[]): Promise<void> {
  if (depth > FOLDER_DEPTH_MAX)
    throw new FileTreeLimit(`expected at most ${FOLDER_DEPTH_MAX} folders inside each other`);
  for await (const entry of await opendir(directory, { bufferSize: 128 })) {
    if (entry.name.startsWith('.')) continue;
    const absolutePath = join(directory, entry.name);
    const path = `${prefix}${entry.name}`;
    const stats = await stat(absolutePath, { bigint: true });
    if (stats.isDirectory()) await collect(absolutePath, `${path}/`, depth + 1, files);
    else if (stats.isFile()) files.push({ path, absolutePath, stats });
    if (files.length > FILES_MAX) throw new FileTreeLimit(`expected at most ${FILES_MAX} files`);
  }
}
