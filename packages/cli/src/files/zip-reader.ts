import { crc32, inflateRawSync } from 'node:zlib';
import { invalidArgument } from '@rangefinder/base';

/** One file of a ZIP archive. `read` decompresses, never past the declared size, and checks the CRC. */
export interface ZipEntry {
  readonly name: string;
  readonly byteLength: number;
  read(): Uint8Array;
}

export interface ZipLimits {
  readonly entries: number;
  /** All entries together, decompressed. */
  readonly totalBytes: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const STORED = 0;
const DEFLATED = 8;

/**
 * The entries of a ZIP archive, as .npz files are: stored or deflated, up to 4 GiB, not encrypted, in one part.
 * The central directory at the end is what counts; sizes in local headers are not trusted.
 * Source: APPNOTE.TXT 6.3, sections 4.3.7 to 4.3.16.
 *
 * @throws INVALID_ARGUMENT naming `field`.
 */
export function readZip(bytes: Uint8Array, limits: ZipLimits, field: string): readonly ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view, field);
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (count === 0xffff || directory === 0xffffffff)
    throw invalidArgument(field, 'a ZIP64 archive; archives up to 4 GiB are read');
  if (count > limits.entries)
    throw invalidArgument(field, `${count} files in the archive; at most ${limits.entries} are read`);
  const entries: ZipEntry[] = [];
  let total = 0;
  for (let offset = directory, i = 0; i < count; i += 1) {
    if (offset + 46 > end || view.getUint32(offset, true) !== DIRECTORY_ENTRY)
      throw invalidArgument(field, `file ${i} of the archive's directory is broken`);
    const nameLength = view.getUint16(offset + 28, true);
    entries.push(directoryEntry(bytes, view, offset, nameLength, field));
    total += view.getUint32(offset + 24, true);
    if (total > limits.totalBytes)
      throw invalidArgument(field, `more than ${limits.totalBytes} bytes when decompressed`);
    offset += 46 + nameLength + view.getUint16(offset + 30, true) + view.getUint16(offset + 32, true);
  }
  return entries;
}

function findEnd(view: DataView, field: string): number {
  const last = view.byteLength - END_BYTES;
  for (let offset = last; offset >= Math.max(0, last - COMMENT_BYTES_MAX); offset -= 1) {
    if (view.getUint32(offset, true) === END_OF_DIRECTORY) return offset;
  }
  throw invalidArgument(field, 'not a ZIP archive, or cut short');
}

function directoryEntry(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  nameLength: number,
  field: string,
): ZipEntry {
  const name = new TextDecoder().decode(bytes.subarray(offset + 46, offset + 46 + nameLength));
  const flags = view.getUint16(offset + 8, true);
  const method = view.getUint16(offset + 10, true);
  const checksum = view.getUint32(offset + 16, true);
  const compressedLength = view.getUint32(offset + 20, true);
  const byteLength = view.getUint32(offset + 24, true);
  const local = view.getUint32(offset + 42, true);
  const where = `${field}[${name}]`;
  const read = (): Uint8Array => {
    if ((flags & 1) !== 0) throw invalidArgument(where, 'encrypted');
    if (local + 30 > view.byteLength || view.getUint32(local, true) !== LOCAL_ENTRY)
      throw invalidArgument(where, 'its place in the archive is broken');
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + compressedLength > bytes.byteLength) throw invalidArgument(where, 'cut short');
    const content = decompress(bytes.subarray(start, start + compressedLength), method, byteLength, where);
    if (content.byteLength !== byteLength)
      throw invalidArgument(where, `${content.byteLength} bytes where the archive promises ${byteLength}`);
    if (crc32(content) !== checksum) throw invalidArgument(where, 'damaged (its checksum does not match)');
    return content;
  };
  return { name, byteLength, read };
}

function decompress(data: Uint8Array, method: number, byteLength: number, field: string): Uint8Array {
  if (method === STORED) return data;
  if (method !== DEFLATED)
    throw invalidArgument(field, `compression method ${method} is not known; stored and deflate are`);
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, byteLength) });
  } catch {
    throw invalidArgument(field, 'its compressed data is damaged, or larger than the archive promises');
  }
}
