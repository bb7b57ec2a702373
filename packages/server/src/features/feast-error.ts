import { RangefinderError, type ErrorCode } from '@rangefinder/base';
import type { Exchange } from '../http/exchange.ts';
import { errorReply, type Reply } from '../http/reply.ts';

/** A failure that Feast has an exception for; its SDK raises that one. */
export class FeastError extends RangefinderError {
  readonly feastClass: string;

  constructor(code: ErrorCode, message: string, feastClass: string) {
    super(code, message);
    this.feastClass = feastClass;
  }
}

/**
 * Errors in both shapes: `error`, as everywhere on this server, and `detail`, where callers of Feast's feature server look:
 * the message, or what Feast's SDK makes its own exception of. What the dispatcher must see itself is thrown on.
 */
export async function withFeastErrors(exchange: Exchange, answer: () => Promise<Reply>): Promise<Reply> {
  try {
    return await answer();
  } catch (thrown) {
    if (!(thrown instanceof RangefinderError) || thrown.code === 'INTERNAL' || exchange.broken || exchange.gone) {
      throw thrown;
    }
    const { message } = thrown;
    const detail =
      thrown instanceof FeastError
        ? JSON.stringify({ module: 'feast.errors', class: thrown.feastClass, message })
        : message;
    return { ...errorReply(thrown), body: JSON.stringify({ error: message, detail }) };
  }
}
