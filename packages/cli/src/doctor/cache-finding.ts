import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes } from '../terminal/quantities.ts';
import type { Finding } from './finding.ts';

const FREE_LOW_BYTES = 1024 ** 3;

/** Whether optimised models can be kept there: the folder, or the nearest one above it that exists, is writable and has room. */
export async function cacheFinding(directory: string): Promise<Finding> {
  const existing = await nearestExisting(directory);
  const { bavail, bsize } = await statfs(existing);
  const freeBytes = bavail * bsize;
  const isWritable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const isLow = freeBytes < FREE_LOW_BYTES;
  const place = existing === directory ? directory : `${directory} (not there yet)`;
  return {
    section: 'server',
    name: 'cache folder',
    status: isWritable && !isLow ? 'ok' : 'problem',
    summary: `${place}, ${formatBytes(freeBytes)} free${isWritable ? '' : ', not writable'}`,
    advice: isWritable
      ? isLow
        ? 'Free some space, or choose another folder with --cache-dir.'
        : ''
      : 'Choose a folder that this user may write to with --cache-dir.',
    details: { directory, free_bytes: freeBytes, writable: isWritable },
  };
}

async function nearestExisting(directory: string): Promise<string> {
  try {
    await access(directory);
    return directory;
  } catch {
    const parent = dirname(directory);
    return parent === directory ? directory : nearestExisting(parent);
  }
}
