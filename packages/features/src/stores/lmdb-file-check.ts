import { appendFile, open } from 'node:fs/promises';
import { RangefinderError } from '@rangefinder/base';

/**
 * The first page of a file: a header of 24 bytes, then mark, version, address, map size, two databases of 48 bytes, the
 * last page in use. Source: `MDB_page`, `MDB_db` and `MDB_meta` in the mdb.c that npm's lmdb carries.
 */
const MAGIC_OFFSET = 24;
const PAGE_BYTES_OFFSET = 48;
const LAST_PAGE_OFFSET = 144;
const HEAD_BYTES = 152;
const MAGIC = 0xbeef_c0de;
/** Pages at the end that were given up before they were written; LMDB counts them all the same. */
const UNWRITTEN_MAX_BYTES = 1024 * 1024;

/**
 * LMDB maps its file into memory and believes what it finds: one that was cut off ends the process with a bus error. So it
 * is looked at before. A missing or empty file is fine: LMDB makes it. Throws UNAVAILABLE.
 */
export async function checkLmdbFile(file: string): Promise<void> {
  const handle = await open(file, 'r').catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (handle === undefined) return;
  try {
    const { size } = await handle.stat();
    if (size === 0) return;
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    if (bytesRead < HEAD_BYTES || head.readUInt32LE(MAGIC_OFFSET) !== MAGIC) {
      throw damaged(`${file} is not an LMDB file or is damaged: its first page has no LMDB mark`);
    }
    const pageBytes = head.readUInt32LE(PAGE_BYTES_OFFSET);
    await handle.read(head, 0, HEAD_BYTES, pageBytes);
    await checkLength(file, size, (Number(head.readBigUInt64LE(LAST_PAGE_OFFSET)) + 1) * pageBytes);
  } finally {
    await handle.close();
  }
}

/** A little may be missing from the end of a sound file; it is filled up, so that no look at it can end the process. */
async function checkLength(file: string, size: number, neededBytes: number): Promise<void> {
  if (size >= neededBytes) return;
  if (neededBytes - size > UNWRITTEN_MAX_BYTES) {
    throw damaged(`${file} is cut off: it has ${size} of ${neededBytes} bytes`);
  }
  await appendFile(file, Buffer.alloc(neededBytes - size));
}

function damaged(message: string): RangefinderError {
  return new RangefinderError('UNAVAILABLE', message);
}
