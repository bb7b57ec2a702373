import { invalidArgument } from '@rangefinder/base';

/** Where a next page begins, as text that clients hand back unread. */
export function writeCursor(requestId: string, offset: number): string {
  return `${offset}.${requestId}`;
}

/** Throws INVALID_ARGUMENT for what `writeCursor` did not write. */
export function readCursor(cursor: string): { readonly requestId: string; readonly offset: number } {
  const groups = /^(?<offset>\d{1,7})\.(?<requestId>.+)$/su.exec(cursor)?.groups;
  if (groups === undefined) throw invalidArgument('page.cursor', 'expected a cursor of an earlier answer');
  return { requestId: groups['requestId']!, offset: Number(groups['offset']) };
}
