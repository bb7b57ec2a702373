import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { DEFAULT_LIMITS, invalidArgument, RangefinderError } from '@rangefinder/base';

export type FileFormat = 'json' | 'npy' | 'npz' | 'image' | 'wav' | 'raw';

const FORMATS: Readonly<Record<string, FileFormat>> = {
  '.json': 'json',
  '.npy': 'npy',
  '.npz': 'npz',
  '.png': 'image',
  '.jpg': 'image',
  '.jpeg': 'image',
  '.webp': 'image',
  '.gif': 'image',
  '.avif': 'image',
  '.tif': 'image',
  '.tiff': 'image',
  '.svg': 'image',
  '.wav': 'wav',
  '.bin': 'raw',
};

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'it may not be read' };

/** By the ending of its name; undefined for one that is not known. */
export function fileFormat(path: string): FileFormat | undefined {
  return FORMATS[extname(path).toLowerCase()];
}

/** @throws INVALID_ARGUMENT naming `field` for an ending that is not known. */
export function requireFileFormat(path: string, field: string): FileFormat {
  const format = fileFormat(path);
  if (format === undefined)
    throw invalidArgument(
      field,
      `cannot tell what ${JSON.stringify(path)} holds; known endings: ${Object.keys(FORMATS).join(' ')}`,
    );
  return format;
}

/**
 * All of a file, once its size is known to be within what a tensor may take.
 *
 * @throws INVALID_ARGUMENT naming `field` and what is wrong with the file, PAYLOAD_TOO_LARGE.
 */
export async function readInputFile(
  path: string,
  field: string,
  maxBytes: number = DEFAULT_LIMITS.tensorBytes,
): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const stat = await file.stat();
    if (stat.isDirectory()) throw invalidArgument(field, `${path} is a folder`);
    if (stat.size > maxBytes)
      throw new RangefinderError(
        'PAYLOAD_TOO_LARGE',
        `${field}: ${path} has ${stat.size} bytes, at most ${maxBytes} are read`,
        { field },
      );
    return await file.readFile();
  } catch (error) {
    if (error instanceof RangefinderError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw invalidArgument(field, `${path}: ${REASONS[code] ?? message}`);
  }
}
