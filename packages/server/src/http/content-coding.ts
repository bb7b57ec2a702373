import { createDeflate, createGunzip, createGzip, createInflate, type Gunzip, type Inflate } from 'node:zlib';
import { finished } from 'node:stream/promises';
import { RangefinderError } from '@rangefinder/base';

export type ContentCoding = 'identity' | 'gzip' | 'deflate';

/** What this server understands, for `Accept-Encoding` in a refusal. */
export const UNDERSTOOD_CODINGS = 'gzip, deflate';

/** Speed over ratio: tensors compress badly, and the client asked to save its network, not our processor. */
const RESPONSE_LEVEL = 1;
/** Large enough that few pieces cross from the libuv pool, small enough that making room for one takes no time. */
const COMPRESSED_PIECE_BYTES = 64 * 1024;

/** The coding of a request body. Throws UNSUPPORTED for any other, and for several on top of each other. */
export function requestCoding(header: string | undefined): ContentCoding {
  if (header === undefined) return 'identity';
  const coding = header.trim().toLowerCase();
  if (coding === '' || coding === 'identity') return 'identity';
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip';
  if (coding === 'deflate') return 'deflate';
  throw new RangefinderError(
    'UNSUPPORTED',
    `Content-Encoding: expected gzip, deflate or identity, got "${coding.slice(0, 64)}"`,
    { field: 'Content-Encoding' },
  );
}

/** A stream that undoes the coding on the libuv pool. */
export function inflater(coding: 'gzip' | 'deflate'): Gunzip | Inflate {
  return coding === 'gzip' ? createGunzip() : createInflate();
}

/**
 * The best coding that the client takes: gzip over deflate at equal quality, identity when it names neither.
 * Source: RFC 9110, 12.5.3.
 */
export function responseCoding(acceptEncoding: string | undefined): ContentCoding {
  if (acceptEncoding === undefined || acceptEncoding === '' || acceptEncoding === 'identity') return 'identity';
  let gzipQuality = -1;
  let deflateQuality = -1;
  let anyQuality = 0;
  for (const part of acceptEncoding.split(',')) {
    const [name = '', ...parameters] = part.split(';');
    const quality = qualityOf(parameters);
    const coding = name.trim().toLowerCase();
    if (coding === 'gzip' || coding === 'x-gzip') gzipQuality = quality;
    else if (coding === 'deflate') deflateQuality = quality;
    else if (coding === '*') anyQuality = quality;
  }
  if (gzipQuality < 0) gzipQuality = anyQuality;
  if (deflateQuality < 0) deflateQuality = anyQuality;
  if (gzipQuality > 0 && gzipQuality >= deflateQuality) return 'gzip';
  return deflateQuality > 0 ? 'deflate' : 'identity';
}

/**
 * Compresses on the libuv pool, part by part into pieces: to join either would hold the event loop up for as long as it takes
 * to have that much fresh memory, tens of milliseconds for 16 MiB.
 */
export async function compress(coding: 'gzip' | 'deflate', parts: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const settings = { level: RESPONSE_LEVEL, chunkSize: COMPRESSED_PIECE_BYTES };
  const stream = coding === 'gzip' ? createGzip(settings) : createDeflate(settings);
  const pieces: Uint8Array[] = [];
  stream.on('data', (piece: Uint8Array) => pieces.push(piece));
  const compressed = finished(stream);
  for (const part of parts) stream.write(part);
  stream.end();
  await compressed;
  return pieces;
}

function qualityOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [key = '', value = ''] = parameter.split('=');
    if (key.trim().toLowerCase() !== 'q') continue;
    const quality = Number(value.trim());
    return Number.isFinite(quality) ? quality : 0;
  }
  return 1;
}
