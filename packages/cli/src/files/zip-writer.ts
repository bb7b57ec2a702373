import { crc32 } from 'node:zlib';
import { joinBytes } from '../arrays/stacking.ts';

export interface ZipContent {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** 1 January 1980, the earliest that ZIP can say: the same content gives the same file. */
const DOS_DATE = 0x21;
const UTF8_NAMES = 0x0800;

/** A ZIP archive of uncompressed files, as `numpy.savez` makes. Names must be unique and everything together under 4 GiB. */
export function writeZip(contents: readonly ZipContent[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of contents) {
    const encodedName = new TextEncoder().encode(name);
    const common = commonFields(encodedName.byteLength, bytes);
    const local = record(0x04034b50, [[2, 20], ...common]);
    directory.push(
      record(0x02014b50, [[2, 20], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]),
      encodedName,
    );
    parts.push(local, encodedName, bytes);
    offset += local.byteLength + encodedName.byteLength + bytes.byteLength;
  }
  const directoryBytes = directory.reduce((sum, part) => sum + part.byteLength, 0);
  if (offset + directoryBytes > 0xffff_0000) throw new RangeError('a .npz archive holds at most 4 GiB');
  const count = contents.length;
  const end = record(0x06054b50, [
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, directoryBytes],
    [4, offset],
    [2, 0],
  ]);
  return joinBytes([...parts, ...directory, end]);
}

type SizedNumber = readonly [byteLength: 2 | 4, value: number];

/** Flags, method, time, date, CRC, both sizes, name length, extra length: the same in local and central records. */
function commonFields(nameLength: number, bytes: Uint8Array): SizedNumber[] {
  const size = bytes.byteLength;
  return [
    [2, UTF8_NAMES],
    [2, 0],
    [2, 0],
    [2, DOS_DATE],
    [4, crc32(bytes)],
    [4, size],
    [4, size],
    [2, nameLength],
    [2, 0],
  ];
}

function record(signature: number, fields: readonly SizedNumber[]): Uint8Array {
  const bytes = new Uint8Array(4 + fields.reduce((sum, [byteLength]) => sum + byteLength, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  let offset = 4;
  for (const [byteLength, value] of fields) {
    if (byteLength === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    offset += byteLength;
  }
  return bytes;
}
