import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { RangefinderError } from '@rangefinder/base';
import type { Compression } from './client-options.ts';

const COMPRESS = { gzip: promisify(zlib.gzip), deflate: promisify(zlib.deflate) };
const INFLATE = { gzip: promisify(zlib.gunzip), deflate: promisify(zlib.inflate) };

/** On the thread pool, not on the event loop. */
export async function compressed(chunks: readonly Uint8Array[], compression: Compression): Promise<Uint8Array> {
  return COMPRESS[compression](Buffer.concat(chunks));
}

/** Throws UNSUPPORTED for an encoding that was not asked for, PAYLOAD_TOO_LARGE past the limit, INTERNAL for damaged data. */
export async function inflated(body: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array> {
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new RangefinderError('UNSUPPORTED', `the response has the content encoding '${encoding}'`);
  }
  try {
    return await INFLATE[encoding](body, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    throw new RangefinderError(
      isTooLarge ? 'PAYLOAD_TOO_LARGE' : 'INTERNAL',
      isTooLarge ? `the response inflates to more than ${maxBytes} bytes` : `the response is not valid ${encoding}`,
      { cause: error },
    );
  }
}
