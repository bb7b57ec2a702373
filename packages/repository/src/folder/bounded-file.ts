import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** The file is larger than allowed, or no regular file. The message completes the name of the file. */
export class FileRefused extends Error {}

/**
 * Reads a whole regular file of at most `bytesMax`. The size is known before memory is taken, and a file that grows
 * meanwhile is cut off. Opening never waits, not even for a named pipe. Throws FileRefused or the file system's error.
 */
export async function readBoundedFile(path: string, bytesMax: number): Promise<Buffer> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await handle.stat();
  if (!stats.isFile()) throw new FileRefused('is not a regular file');
  if (stats.size > bytesMax) throw new FileRefused(`has ${stats.size} bytes, more than the limit of ${bytesMax}`);
  const content = Buffer.allocUnsafeSlow(stats.size);
  let length = 0;
  while (length < content.length) {
    const { bytesRead } = await handle.read(content, length, content.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return content.subarray(0, length);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The same as text. Throws FileRefused for what is not UTF-8. */
export async function readBoundedText(path: string, bytesMax: number): Promise<string> {
  const content = await readBoundedFile(path, bytesMax);
  try {
    return decoder.decode(content);
  } catch {
    throw new FileRefused('is not text in UTF-8');
  }
}
