import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

// Loaded by the hashing thread too: nothing but Node's own modules, so that the thread starts fast.

export interface HashedFile {
  /** As it counts in the checksum. */
  readonly path: string;
  readonly absolutePath: string;
}

export type HashResult =
  | { readonly checksum: string }
  | { readonly failedPath: string; readonly code: string; readonly message: string };

/** Small enough that hashing a piece never holds an event loop for as much as a millisecond. */
const PIECE_BYTES = 256 * 1024;

/**
 * One SHA-256, in hex, for files in the given order: that of the text which `sha256sum` prints for them (`<hash>  <path>`
 * and a line feed each). Read piece by piece into one buffer. Never rejects for what a file system may say.
 */
export async function hashFiles(files: readonly HashedFile[]): Promise<HashResult> {
  const manifest = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (const { path, absolutePath } of files) {
    try {
      manifest.update(`${await hashFile(absolutePath, piece)}  ${path}\n`);
    } catch (error) {
      return {
        failedPath: path,
        code: String((error as NodeJS.ErrnoException).code),
        message: (error as Error).message,
      };
    }
  }
  return { checksum: manifest.digest('hex') };
}

async function hashFile(path: string, piece: Buffer): Promise<string> {
  const hash = createHash('sha256');
  await using handle = await open(path, 'r');
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, bytesRead));
  }
}
