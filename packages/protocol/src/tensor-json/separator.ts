import { COMMA, OPEN_BRACKET } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { RUN_END, type RunEnd } from './element-reader.ts';

/**
 * Behind an element: takes the comma, if one is there, and the blanks after it. Returns undefined when the next element is
 * at the cursor and may be read at once, otherwise how the run ended.
 */
export function takeSeparator(cursor: JsonCursor): RunEnd | undefined {
  const { bytes } = cursor;
  if (bytes[cursor.position] !== COMMA) {
    cursor.skipBlank();
    if (bytes[cursor.position] !== COMMA) return RUN_END.afterElement;
  }
  cursor.position++;
  cursor.skipBlank();
  return cursor.position >= cursor.pauseAt || bytes[cursor.position] === OPEN_BRACKET
    ? RUN_END.beforeElement
    : undefined;
}
