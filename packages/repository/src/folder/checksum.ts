import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { RangefinderError } from '@rangefinder/base';
import { describeFault } from './file-fault.ts';
import type { TreeFile } from './file-tree.ts';

/** Small enough that hashing a piece never holds the event loop for as much as a millisecond. */
const PIECE_BYTES = 256 * 1024;

/**
 * One SHA-256, in hex, for a set of files in the given order: that of the text which `sha256sum` prints for them
 * (`<hash>  <path>` and a line feed each). People can repeat it:
 * `cd 1 && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`.
 * Reading happens in libuv's pool, piece by piece, one buffer for all. Throws MODEL_INVALID for a file that cannot be read.
 */
export async function checksumOf(files: readonly TreeFile[]): Promise<string> {
  const manifest = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (const file of files) manifest.update(`${await fileChecksum(file, piece)}  ${file.path}\n`);
  return manifest.digest('hex');
}

async function fileChecksum(file: TreeFile, piece: Buffer): Promise<string> {
  const hash = createHash('sha256');
  try {
    await using handle = await open(file.absolutePath, 'r');
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } catch (error) {
    throw new RangefinderError('MODEL_INVALID', `${file.path}: ${describeFault(error)}`, { cause: error });
  }
}
